UPDATE certificate SET revoked = ?2, revoked_by = ?3, reason = ?4
WHERE edge = ?1 AND revoked IS NULL
