SELECT name, digest, owner, scope, created, expires, used FROM api_token WHERE digest = ?1
