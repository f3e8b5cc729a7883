SELECT site, updated FROM alert WHERE edge = ?1 AND id = ?2
