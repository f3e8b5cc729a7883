INSERT INTO verdict (alert, verdict, cause, note, author, author_verified, time)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
