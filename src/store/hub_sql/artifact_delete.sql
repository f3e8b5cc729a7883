DELETE FROM artifact WHERE digest = ?1
