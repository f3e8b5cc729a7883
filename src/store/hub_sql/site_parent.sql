-- The parent that a site named in a revision, if it is there.
SELECT p.id FROM revision r
JOIN object p ON p.kind = 0 AND p.name = json_extract(r.spec, '$.parent')
WHERE r.object = ?1 AND r.number = ?2
