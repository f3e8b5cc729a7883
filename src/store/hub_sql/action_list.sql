SELECT id, name FROM audit_action
