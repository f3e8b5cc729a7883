SELECT site FROM buried WHERE id = ?1
