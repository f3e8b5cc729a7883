SELECT id, stored, entry FROM audit_leaf ORDER BY id
