SELECT o.id, o.revision, o.head, o.site, o.links, r.spec
FROM object o JOIN revision r ON r.leaf = o.head
WHERE o.kind = ?1 AND o.name = ?2
