DELETE FROM login WHERE person = ?1
