INSERT INTO verdict (alert, edge, author, time, document)
VALUES (?1, ?2, ?3, ?4, ?5)
ON CONFLICT DO NOTHING
