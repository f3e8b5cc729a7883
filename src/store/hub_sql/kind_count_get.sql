SELECT count FROM kind_count WHERE kind = ?1
