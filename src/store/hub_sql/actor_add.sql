INSERT INTO audit_actor (name) VALUES (?1) RETURNING id
