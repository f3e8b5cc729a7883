INSERT INTO audit_leaf (id, stored, time, action, actor, subject, entry, site)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
