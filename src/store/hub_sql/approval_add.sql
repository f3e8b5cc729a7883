INSERT INTO approval (kind, name, digest, purpose, requested_by, requested, state, decided_by,
                      decided, reason)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0, '', NULL, '') RETURNING id
