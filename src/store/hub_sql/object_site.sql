-- Its spec is not touched. A site's name that is NULL says that the row is damaged, as in
-- object_get.sql.
SELECT coalesce(iif(o.site = 0, '', s.name),
                (SELECT '' FROM buried b WHERE b.id = o.site AND b.kind = 0)),
       o.site
FROM object o LEFT JOIN object s ON s.id = o.site AND s.kind = 0
WHERE o.kind = ?1 AND o.name = ?2
