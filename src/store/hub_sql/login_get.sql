SELECT password_hash, changed, failures, last_failure, person FROM login WHERE person = ?1
