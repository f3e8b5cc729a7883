SELECT o.id, o.kind, o.name, coalesce(s.name, ''), r.number, r.what,
       c.time, c.author, c.note, r.leaf, r.spec
FROM object o
JOIN revision r ON r.leaf = o.head
JOIN change c ON c.id = r.change
LEFT JOIN object s ON s.id = o.site
WHERE o.id = ?1
