-- When it was made, or made anew after a deletion.
SELECT c.time FROM object o
JOIN revision r ON r.object = o.id AND r.what = 0
JOIN change c ON c.id = r.change
WHERE o.kind = ?1 AND o.name = ?2 ORDER BY r.leaf DESC LIMIT 1
