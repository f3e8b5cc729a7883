SELECT object FROM term WHERE field = ?1 AND value = ?2 AND object > ?3 ORDER BY object LIMIT ?4
