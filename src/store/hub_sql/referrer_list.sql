SELECT t.object, o.kind, o.name, coalesce(s.name, '')
FROM term t JOIN object o ON o.id = t.object LEFT JOIN object s ON s.id = o.site
WHERE t.field = ?1 AND t.value = ?2 AND t.object > ?3 ORDER BY t.object LIMIT ?4
