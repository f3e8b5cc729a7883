SELECT id, stored, entry, time FROM audit_leaf ORDER BY id
