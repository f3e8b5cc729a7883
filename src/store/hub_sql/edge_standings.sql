SELECT e.name, e.site, e.enrolled, e.desired_version, e.desired_digest, e.desired_at,
       e.reported_version, e.reported_at, e.seen, r.document,
       c.serial, c.edge, c.fingerprint, c.issued, c.not_after, c.revoked, c.revoked_by, c.reason
FROM edge e
LEFT JOIN edge_report r ON r.edge = e.name
LEFT JOIN certificate c ON c.serial = (SELECT serial FROM certificate WHERE edge = e.name
                                       ORDER BY revoked IS NOT NULL, issued DESC, serial
                                       LIMIT 1)
WHERE e.name > ?1 AND (?3 IS NULL OR e.site IN (SELECT value FROM json_each(?3)))
ORDER BY e.name LIMIT ?2
