-- Erased by a version before 4 of the database: since then every revision has a site.
SELECT 1 FROM audit_leaf l JOIN audit_action a ON a.id = l.action
WHERE l.subject = ?1 AND a.name = 'person.erased'
  AND NOT EXISTS (SELECT 1 FROM revision WHERE site IS NOT NULL AND leaf < l.id)
