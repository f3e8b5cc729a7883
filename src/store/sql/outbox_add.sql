INSERT INTO outbox (position, connection, topic, payload, qos, created, bytes)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
