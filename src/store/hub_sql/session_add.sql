INSERT INTO session (digest, person, csrf_digest, created, seen, expires)
VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING
