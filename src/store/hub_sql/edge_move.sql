UPDATE edge SET site = ?2 WHERE name = ?1
