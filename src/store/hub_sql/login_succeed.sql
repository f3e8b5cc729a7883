UPDATE login SET failures = 0, last_failure = NULL WHERE person = ?1 AND failures > 0
