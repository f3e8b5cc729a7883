SELECT count(*) FROM certificate WHERE edge = ?1 AND issued > ?2 AND issued <= ?3
