-- What is NULL says that the row is damaged, as in object_get.sql: r.leaf, the site's name.
SELECT o.id, o.revision, o.head, o.site, o.links, r.spec, r.leaf,
       coalesce(iif(o.site = 0, '', s.name),
                (SELECT '' FROM buried b WHERE b.id = o.site AND b.kind = 0))
FROM object o
LEFT JOIN revision r ON r.leaf = o.head AND r.object = o.id AND r.number = o.revision
                        AND r.what <> 3
LEFT JOIN object s ON s.id = o.site AND s.kind = 0
WHERE o.kind = ?1 AND o.name = ?2
