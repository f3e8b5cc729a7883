SELECT l.id, a.name, l.subject, json_extract(l.entry, '$.digest'), l.time, w.name
FROM audit_action a CROSS JOIN audit_leaf l ON l.action = a.id
JOIN audit_actor w ON w.id = l.actor
WHERE a.name IN ('approval.approved', 'approval.rejected', 'approval.withdrawn')
ORDER BY l.id
