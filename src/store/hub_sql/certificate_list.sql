SELECT serial, edge, fingerprint, issued, not_after, revoked, revoked_by, reason, count(*) OVER ()
FROM certificate WHERE edge = ?1 ORDER BY revoked IS NOT NULL, issued DESC, serial LIMIT ?2
