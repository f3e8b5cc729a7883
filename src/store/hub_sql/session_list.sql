SELECT digest, person, csrf_digest, created, seen, expires FROM session
WHERE person = ?1 ORDER BY created DESC, digest
