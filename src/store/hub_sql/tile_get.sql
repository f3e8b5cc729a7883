SELECT hashes FROM audit_tile WHERE id = ?1
