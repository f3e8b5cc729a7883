SELECT r.leaf, coalesce(o.kind, b.kind), coalesce(o.name, b.name), r.number, r.what
FROM revision r
LEFT JOIN object o ON o.id = r.object
LEFT JOIN buried b ON b.id = r.object
WHERE r.leaf > ?1 ORDER BY r.leaf LIMIT ?2
