UPDATE approval SET purpose = ?2, reason = ?3 WHERE id = ?1
