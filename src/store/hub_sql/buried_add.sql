INSERT INTO buried (kind, name, id, revision) VALUES (?1, ?2, ?3, ?4)
