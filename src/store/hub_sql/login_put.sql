INSERT INTO login (person, password_hash, changed, failures, last_failure)
VALUES (?1, ?2, ?3, 0, NULL)
ON CONFLICT (person) DO UPDATE SET
  password_hash = excluded.password_hash, changed = excluded.changed, failures = 0,
  last_failure = NULL
