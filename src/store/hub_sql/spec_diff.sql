-- Paths whose values are in one of two documents only.
SELECT DISTINCT substr(fullkey, 3) FROM (
  SELECT * FROM (SELECT fullkey, atom, type FROM json_tree(?1) WHERE atom IS NOT NULL
                 EXCEPT SELECT fullkey, atom, type FROM json_tree(?2))
  UNION ALL
  SELECT * FROM (SELECT fullkey, atom, type FROM json_tree(?2) WHERE atom IS NOT NULL
                 EXCEPT SELECT fullkey, atom, type FROM json_tree(?1)))
ORDER BY 1 LIMIT ?3
