SELECT count(*), coalesce(sum(bytes), 0) FROM outbox INDEXED BY outbox_by_connection
