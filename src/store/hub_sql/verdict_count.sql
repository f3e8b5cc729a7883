-- Up to ?3 of them.
SELECT count(*) FROM (SELECT 1 FROM verdict WHERE edge = ?1 AND alert = ?2 LIMIT ?3)
