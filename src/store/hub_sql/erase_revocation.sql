UPDATE certificate SET reason = ?2 WHERE serial = ?1
