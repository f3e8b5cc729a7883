SELECT id, entry FROM audit_leaf WHERE id >= ?1 ORDER BY id LIMIT ?2
