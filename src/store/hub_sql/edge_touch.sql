UPDATE edge SET seen = ?2 WHERE name = ?1 AND (seen IS NULL OR seen < ?2)
