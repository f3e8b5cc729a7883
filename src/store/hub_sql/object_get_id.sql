-- What is NULL says that the row is damaged: r.leaf, c.time, the site's name.
SELECT o.id, o.kind, o.name,
       coalesce(iif(o.site = 0, '', s.name),
                (SELECT '' FROM buried b WHERE b.id = o.site AND b.kind = 0)),
       r.number, r.what, c.time, c.author, c.note, r.leaf, r.spec, o.head, o.revision, o.site
FROM object o
LEFT JOIN revision r ON r.leaf = o.head AND r.object = o.id AND r.number = o.revision
                        AND r.what <> 3
LEFT JOIN change c ON c.id = r.change
LEFT JOIN object s ON s.id = o.site AND s.kind = 0
WHERE o.id = ?1
