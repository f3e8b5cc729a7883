INSERT INTO audit_action (name) VALUES (?1) RETURNING id
