SELECT size, time, root, note FROM checkpoint WHERE size >= ?1 ORDER BY size LIMIT 1
