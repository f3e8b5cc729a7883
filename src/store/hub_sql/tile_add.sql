INSERT INTO audit_tile (id, hashes) VALUES (?1, ?2)
