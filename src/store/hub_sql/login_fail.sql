UPDATE login SET failures = failures + 1, last_failure = ?2 WHERE person = ?1 RETURNING failures
