UPDATE revision SET spec = NULL WHERE object = ?1
