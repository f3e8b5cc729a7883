INSERT INTO alert (id, edge, asset, opened, updated, document, site)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
ON CONFLICT (id) DO UPDATE SET updated = ?5, document = ?6 WHERE edge = ?2 AND updated < ?5
