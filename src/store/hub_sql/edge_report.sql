UPDATE edge SET reported_version = ?2, reported_at = ?3, seen = max(coalesce(seen, ?3), ?3)
WHERE name = ?1
