SELECT fingerprint FROM certificate WHERE revoked IS NOT NULL AND not_after >= ?1 ORDER BY not_after
