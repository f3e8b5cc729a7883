SELECT r.number, r.what, c.time, c.author, c.note, r.leaf,
       CASE WHEN r.leaf = o.head THEN o.site
            WHEN r.number = b.revision THEN coalesce(r.site, b.site)
            ELSE r.site END,
       r.change, r.leaf IS o.head, r.spec
FROM revision r
LEFT JOIN change c ON c.id = r.change
LEFT JOIN object o ON o.id = r.object
LEFT JOIN buried b ON b.id = r.object
WHERE r.object = ?1 AND r.number = ?2
