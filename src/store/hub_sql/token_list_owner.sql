SELECT name, digest, owner, scope, created, expires, used FROM api_token
WHERE owner = ?1 ORDER BY name
