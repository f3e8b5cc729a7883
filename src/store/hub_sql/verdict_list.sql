SELECT alert, edge, author, time, document FROM verdict
WHERE edge = ?1 AND alert = ?2 ORDER BY time DESC, author DESC LIMIT ?3
