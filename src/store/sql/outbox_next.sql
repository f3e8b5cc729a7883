SELECT id, position, topic, payload, qos, created
FROM outbox WHERE connection = ?1 AND id > ?2 ORDER BY id LIMIT ?3
