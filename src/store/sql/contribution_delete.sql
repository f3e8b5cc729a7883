DELETE FROM contribution WHERE alert = ?1
