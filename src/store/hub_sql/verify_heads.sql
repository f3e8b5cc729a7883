-- Objects whose current revision is not their last one.
SELECT o.name FROM object o LEFT JOIN revision r ON r.leaf = o.head
WHERE r.object IS NOT o.id OR r.number IS NOT o.revision
   OR EXISTS (SELECT 1 FROM revision n WHERE n.object = o.id AND n.number > o.revision)
UNION ALL
SELECT b.name FROM buried b
WHERE b.revision IS NOT (SELECT max(number) FROM revision WHERE object = b.id)
LIMIT 1
