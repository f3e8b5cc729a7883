SELECT feature, value, reference, effect FROM contribution WHERE alert = ?1 ORDER BY rank
