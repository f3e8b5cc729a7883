SELECT l.id, l.action, l.actor FROM revision r JOIN audit_leaf l ON l.id = r.leaf
WHERE r.object = ?4 AND r.leaf >= ?1 AND r.leaf < ?2 ORDER BY r.number DESC LIMIT ?3
