SELECT 1 FROM audit_leaf l JOIN audit_action a ON a.id = l.action
WHERE l.subject = ?1 AND a.name = 'person.erased'
