UPDATE session SET seen = ?2, expires = ?3 WHERE digest = ?1
