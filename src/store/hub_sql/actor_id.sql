SELECT id FROM audit_actor WHERE name = ?1
