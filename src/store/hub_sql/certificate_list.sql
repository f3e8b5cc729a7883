SELECT serial, edge, fingerprint, issued, not_after, revoked, revoked_by, reason
FROM certificate WHERE edge = ?1 ORDER BY issued DESC, serial
