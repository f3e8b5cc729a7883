SELECT count, kind FROM kind_count WHERE kind = ?1
