-- What search_add.sql has put there.
SELECT o.kind, o.site, o.name || coalesce(' ' || json_extract(r.spec, '$.title'), '')
FROM object o JOIN revision r ON r.leaf = o.head AND r.object = o.id
WHERE o.id = ?1
