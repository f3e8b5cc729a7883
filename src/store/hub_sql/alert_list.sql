SELECT id, edge, asset, opened, updated, document FROM alert
WHERE (?1 = '' OR edge = ?1) AND opened < ?2 ORDER BY opened DESC, id LIMIT ?3
