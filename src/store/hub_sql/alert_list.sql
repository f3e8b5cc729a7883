SELECT id, edge, asset, opened, updated, document, site,
       iif(json_valid(document), document ->> '$.opened', NULL)
FROM alert
WHERE (opened, id) < (?1, ?2) ORDER BY opened DESC, id DESC LIMIT ?3
