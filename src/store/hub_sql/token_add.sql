INSERT INTO api_token (name, digest, owner, scope, created, expires, used)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO NOTHING
