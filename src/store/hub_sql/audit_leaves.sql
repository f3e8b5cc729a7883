-- An action and an actor whose numbers are damaged are in the text.
SELECT l.id, l.time,
       coalesce(a.name, json_extract(iif(json_valid(l.entry), l.entry, '{}'), '$.action'), ''),
       coalesce(c.name, json_extract(iif(json_valid(l.entry), l.entry, '{}'), '$.actor'), ''),
       l.subject, l.entry, coalesce(o.kind, b.kind),
       coalesce(o.name, b.name), coalesce(r.site, l.site), coalesce(r.change, 0), 0
FROM audit_leaf l
LEFT JOIN audit_action a ON a.id = l.action
LEFT JOIN audit_actor c ON c.id = l.actor
LEFT JOIN revision r ON r.leaf = l.id
LEFT JOIN object o ON o.id = r.object
LEFT JOIN buried b ON b.id = r.object
WHERE l.id >= ?1 ORDER BY l.id LIMIT ?2
