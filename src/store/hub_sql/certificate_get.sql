SELECT serial, edge, fingerprint, issued, not_after, revoked, revoked_by, reason
FROM certificate WHERE fingerprint = ?1
