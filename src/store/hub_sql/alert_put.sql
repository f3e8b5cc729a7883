-- An edge closes an alert of a pipeline that changed without a newer score.
INSERT INTO alert (id, edge, asset, opened, updated, document, site)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
ON CONFLICT (edge, id) DO UPDATE SET asset = ?3, opened = ?4, updated = ?5, document = ?6
WHERE updated < ?5
   OR (updated = ?5 AND iif(json_valid(document), document ->> '$.state' = 'open', TRUE))
