SELECT id, site FROM object WHERE kind = ?1 AND name = ?2
