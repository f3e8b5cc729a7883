SELECT alert, edge, author, time, document FROM verdict WHERE alert = ?1 ORDER BY time DESC
