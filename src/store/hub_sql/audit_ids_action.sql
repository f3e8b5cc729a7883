SELECT id FROM audit_leaf WHERE action = ?4 AND id >= ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3
