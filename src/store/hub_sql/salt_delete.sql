DELETE FROM salt WHERE person = ?1
