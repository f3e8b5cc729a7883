INSERT INTO checkpoint (size, time, root, note) VALUES (?1, ?2, ?3, ?4)
