-- Certificates and edges that the log does not know at all.
SELECT edge, serial FROM certificate
WHERE NOT EXISTS (SELECT 1 FROM audit_leaf WHERE subject = 'Edge/' || edge)
UNION ALL
SELECT name, '' FROM edge
WHERE NOT EXISTS (SELECT 1 FROM audit_leaf WHERE subject = 'Edge/' || name)
LIMIT 1
