UPDATE object SET revision = ?2, head = ?3, site = ?4, links = ?5 WHERE id = ?1
