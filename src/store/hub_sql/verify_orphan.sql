-- An entry about a revision that is not there.
SELECT l.id, l.entry FROM audit_leaf l
WHERE l.action IN (SELECT id FROM audit_action
                   WHERE name IN ('object.created', 'object.updated', 'object.deleted'))
  AND NOT EXISTS (SELECT 1 FROM revision WHERE leaf = l.id)
LIMIT 1
