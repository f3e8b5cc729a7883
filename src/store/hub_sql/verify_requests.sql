-- The n-th request in the log is the n-th approval: both are stored in one transaction.
WITH leaf AS (
  SELECT row_number() OVER (ORDER BY l.id) AS n, l.id, l.subject, l.time, w.name AS actor,
         json_extract(l.entry, '$.digest') AS digest
  FROM audit_action a CROSS JOIN audit_leaf l ON l.action = a.id
  JOIN audit_actor w ON w.id = l.actor
  WHERE a.name = 'approval.requested'),
asked AS (
  SELECT row_number() OVER (ORDER BY id) AS n, id, kind, name, digest, requested, requested_by,
         json_extract(iif(json_valid(purpose), purpose, '{}'), '$.token') AS token
  FROM approval)
SELECT leaf.id, leaf.subject, leaf.digest, leaf.time, leaf.actor,
       asked.id, asked.kind, asked.name, asked.digest, asked.requested, asked.requested_by,
       asked.token
FROM leaf FULL JOIN asked ON asked.n = leaf.n
ORDER BY coalesce(leaf.n, asked.n)
