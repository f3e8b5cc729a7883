UPDATE edge SET desired_version = ?2, desired_digest = ?3, desired_at = ?4
WHERE name = ?1 AND desired_version < ?2
