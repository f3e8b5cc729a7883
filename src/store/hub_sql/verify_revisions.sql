-- Each revision with its leaf, if there is one, and the object it is of, if it was not erased.
SELECT r.leaf, r.object, r.number, r.what, r.spec, c.time, c.actor, l.entry,
       coalesce(o.kind, b.kind), coalesce(o.name, b.name), s.salt
FROM revision r
LEFT JOIN change c ON c.id = r.change
LEFT JOIN audit_leaf l ON l.id = r.leaf
LEFT JOIN object o ON o.id = r.object
LEFT JOIN buried b ON b.id = r.object
LEFT JOIN salt s ON coalesce(o.kind, b.kind) = 11 AND s.person = coalesce(o.name, b.name)
ORDER BY r.leaf
