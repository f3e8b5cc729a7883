-- What the log says of edges, edge by edge.
SELECT l.id, l.subject, a.name, w.name, l.time, json_extract(l.entry, '$.certificate'),
       json_extract(l.entry, '$.fingerprint'), json_extract(l.entry, '$.not_after'),
       json_extract(l.entry, '$.site')
FROM audit_leaf l
JOIN audit_action a ON a.id = l.action
JOIN audit_actor w ON w.id = l.actor
WHERE l.subject >= 'Edge/' AND l.subject < 'Edge0'
ORDER BY l.subject, l.id
