-- A site's name that is NULL says that the row is damaged, as in object_get.sql.
SELECT t.object, o.kind, o.name,
       coalesce(iif(o.site = 0, '', s.name),
                (SELECT '' FROM buried b WHERE b.id = o.site AND b.kind = 0)),
       o.site
FROM term t
JOIN object o ON o.id = t.object
LEFT JOIN object s ON s.id = o.site AND s.kind = 0
WHERE t.field = ?1 AND t.value = ?2 AND t.object > ?3 ORDER BY t.object LIMIT ?4
