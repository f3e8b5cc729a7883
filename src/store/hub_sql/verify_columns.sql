-- Entries other than the catalog's, as columns and as their texts have it.
SELECT l.id, json_valid(l.entry), a.name, w.name, l.subject, l.time, l.site,
       json_extract(iif(json_valid(l.entry), l.entry, '{}'), '$.action'),
       json_extract(iif(json_valid(l.entry), l.entry, '{}'), '$.actor'),
       json_extract(iif(json_valid(l.entry), l.entry, '{}'), '$.subject'),
       json_extract(iif(json_valid(l.entry), l.entry, '{}'), '$.time'),
       json_extract(iif(json_valid(l.entry), l.entry, '{}'), '$.site')
FROM audit_action a
CROSS JOIN audit_leaf l ON l.action = a.id
JOIN audit_actor w ON w.id = l.actor
WHERE a.name NOT IN ('object.created', 'object.updated', 'object.deleted')
