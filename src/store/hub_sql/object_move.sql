UPDATE object SET site = ?2 WHERE id = ?1
