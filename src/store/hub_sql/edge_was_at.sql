-- Where the edge was before it was moved, of those that have had the name the last one. By the
-- action, for moves are few; of refusals an edge makes as many entries as it likes.
SELECT iif(json_valid(entry), entry ->> '$.from', NULL) FROM audit_leaf
WHERE action = (SELECT id FROM audit_action WHERE name = 'edge.moved')
  AND +subject = 'Edge/' || ?1 AND stored >= ?2
  AND id > coalesce((SELECT max(id) FROM audit_leaf
                     WHERE action = (SELECT id FROM audit_action WHERE name = 'edge.removed')
                       AND +subject = 'Edge/' || ?1), -1)
