SELECT r.number, r.what, c.time, c.author, c.note, r.leaf
FROM revision r JOIN change c ON c.id = r.change
WHERE r.object = ?1 AND r.number < ?2 ORDER BY r.number DESC LIMIT ?3
