SELECT count(*) FROM audit_leaf l JOIN audit_action a ON a.id = l.action
WHERE a.name IN ('object.created', 'object.updated', 'object.deleted')
