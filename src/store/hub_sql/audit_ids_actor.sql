SELECT id FROM audit_leaf WHERE actor = ?5 AND action = ?4 AND id >= ?1 AND id < ?2
ORDER BY id DESC LIMIT ?3
