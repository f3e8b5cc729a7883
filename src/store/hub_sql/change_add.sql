INSERT INTO change (time, author, actor, note) VALUES (?1, ?2, ?3, ?4) RETURNING id
