SELECT created FROM outbox ORDER BY id LIMIT 1
