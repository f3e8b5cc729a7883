SELECT name, digest, site, edge, created_by, created, expires, max_uses, uses
FROM enrolment_token ORDER BY name
