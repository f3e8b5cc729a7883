SELECT kind, name, site, links FROM object WHERE id = ?1
