INSERT INTO field (id, kind, name, role, target) VALUES (?1, ?2, ?3, ?4, ?5)
