-- Entries whose action or actor is a number that stands for no text.
SELECT id, action, actor FROM audit_leaf
WHERE action NOT IN (SELECT id FROM audit_action) OR actor NOT IN (SELECT id FROM audit_actor)
LIMIT 3
