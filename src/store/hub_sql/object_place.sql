SELECT name, site FROM object WHERE id = ?1
