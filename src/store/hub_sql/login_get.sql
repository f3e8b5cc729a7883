SELECT password_hash, changed, failures, last_failure FROM login WHERE person = ?1
