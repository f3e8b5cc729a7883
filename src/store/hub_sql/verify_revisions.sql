-- Each revision with its leaf, if there is one, and the object it is of, if it was not erased.
SELECT r.leaf, r.object, r.number, r.what, r.spec, c.time, c.actor, l.entry,
       coalesce(o.kind, b.kind), coalesce(o.name, b.name), c.author, r.site, a.name, w.name, l.time,
       l.subject IS NULL AND l.site IS NULL,
       CASE WHEN coalesce(o.kind, b.kind) IS NULL THEN json_extract(l.entry, '$.object') END
FROM revision r
LEFT JOIN change c ON c.id = r.change
LEFT JOIN audit_leaf l ON l.id = r.leaf
LEFT JOIN audit_action a ON a.id = l.action
LEFT JOIN audit_actor w ON w.id = l.actor
LEFT JOIN object o ON o.id = r.object
LEFT JOIN buried b ON b.id = r.object
ORDER BY r.leaf
