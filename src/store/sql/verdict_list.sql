SELECT verdict, cause, note, author, author_verified, time
FROM verdict WHERE alert = ?1 ORDER BY id DESC
