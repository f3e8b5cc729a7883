SELECT name, digest, owner, scope, created, expires, used FROM api_token ORDER BY name
