SELECT id, site, revision FROM object WHERE kind = ?1 AND name = ?2
