SELECT id, stored FROM audit_leaf ORDER BY id DESC LIMIT 1
