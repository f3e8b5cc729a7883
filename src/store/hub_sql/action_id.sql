SELECT id FROM audit_action WHERE name = ?1
