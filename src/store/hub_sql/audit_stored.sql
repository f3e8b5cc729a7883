SELECT stored FROM audit_leaf WHERE id = ?1
