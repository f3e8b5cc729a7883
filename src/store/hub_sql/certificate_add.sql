INSERT INTO certificate (serial, edge, fingerprint, issued, not_after, revoked, revoked_by, reason)
VALUES (?1, ?2, ?3, ?4, ?5, NULL, '', '') ON CONFLICT DO NOTHING
