SELECT site FROM buried WHERE kind = ?1 AND name = ?2
