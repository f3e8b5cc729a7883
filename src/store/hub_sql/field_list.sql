SELECT id, kind, name, role, target FROM field ORDER BY id
