UPDATE enrolment_token SET uses = uses + 1 WHERE digest = ?1 AND expires > ?2 AND uses < max_uses
RETURNING name, digest, site, edge, created_by, created, expires, max_uses, uses
