-- Whether names were retired, and what they are compared under is gone.
SELECT 1 FROM audit_action a CROSS JOIN audit_leaf l ON l.action = a.id
WHERE a.name = 'name.retired' AND NOT EXISTS (SELECT 1 FROM salt WHERE person = 'lineside/names')
LIMIT 1
