-- Objects whose current revision is not their last one, and what is gone without a deletion.
SELECT o.kind, o.name, o.revision, max(n.number)
FROM object o LEFT JOIN revision n ON n.object = o.id
GROUP BY o.id HAVING o.revision IS NOT max(n.number)
UNION ALL
SELECT o.kind, o.name, o.revision, r.number FROM object o LEFT JOIN revision r ON r.leaf = o.head
WHERE r.object IS NOT o.id OR r.number IS NOT o.revision OR r.what = 3
UNION ALL
SELECT b.kind, b.name, b.revision, r.number FROM buried b
LEFT JOIN revision r ON r.object = b.id AND r.number = (SELECT max(number) FROM revision
                                                        WHERE object = b.id)
WHERE r.number IS NOT b.revision OR r.what IS NOT 3
LIMIT 3
