SELECT size, time, root, note FROM checkpoint ORDER BY size
