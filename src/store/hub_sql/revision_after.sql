SELECT r.leaf, coalesce(o.kind, b.kind), coalesce(o.name, b.name), r.number, r.what,
       c.time, c.author,
       CASE WHEN r.leaf = o.head THEN o.site
            WHEN r.number = b.revision THEN coalesce(r.site, b.site)
            ELSE r.site END,
       r.change, r.leaf IS o.head
FROM revision r
LEFT JOIN change c ON c.id = r.change
LEFT JOIN object o ON o.id = r.object
LEFT JOIN buried b ON b.id = r.object
WHERE r.leaf > ?1 ORDER BY r.leaf LIMIT ?2
