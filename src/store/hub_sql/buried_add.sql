INSERT INTO buried (kind, name, id, revision, site) VALUES (?1, ?2, ?3, ?4, ?5)
