SELECT r.leaf, coalesce(o.kind, b.kind), coalesce(o.name, b.name), r.number, r.what,
       c.time, c.author, coalesce(s.name, ''), b.id IS NOT NULL, b.site
FROM revision r
JOIN change c ON c.id = r.change
LEFT JOIN object o ON o.id = r.object
LEFT JOIN object s ON s.id = o.site
LEFT JOIN buried b ON b.id = r.object
WHERE r.leaf > ?1 ORDER BY r.leaf LIMIT ?2
