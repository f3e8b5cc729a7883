SELECT o.kind, o.name, coalesce(s.name, '') FROM object o LEFT JOIN object s ON s.id = o.site
WHERE o.id = ?1
