UPDATE edge SET desired_version = ?2, desired_digest = ?3,
                desired_at = CASE WHEN desired_version = ?2 THEN desired_at ELSE ?4 END
WHERE name = ?1 AND (desired_version < ?2 OR (desired_version = ?2 AND desired_digest = ?3))
