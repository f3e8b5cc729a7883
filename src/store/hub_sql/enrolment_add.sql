INSERT INTO enrolment_token (name, digest, site, edge, created_by, created, expires, max_uses, uses)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT DO NOTHING
