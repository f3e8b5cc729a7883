INSERT INTO search (rowid, text)
VALUES (?1, ?2 || coalesce(' ' || json_extract(?3, '$.title'), ''))
