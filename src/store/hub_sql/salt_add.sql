INSERT INTO salt (person, salt) VALUES (?1, ?2)
