SELECT id, action, actor FROM audit_leaf
WHERE subject = ?4 AND id >= ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3
