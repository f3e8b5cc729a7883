SELECT connection, reason, count, last, sample FROM reject ORDER BY connection, reason
