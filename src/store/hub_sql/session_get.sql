SELECT digest, person, csrf_digest, created, seen, expires FROM session WHERE digest = ?1
