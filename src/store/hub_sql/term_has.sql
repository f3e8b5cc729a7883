SELECT 1 FROM term WHERE field = ?1 AND value = ?2 AND object = ?3
