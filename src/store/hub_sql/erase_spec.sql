UPDATE revision SET spec = ?2 WHERE leaf = ?1
