-- The change that made it, or made it anew.
SELECT max(change), max(leaf) FROM revision WHERE object = ?1 AND what = 0
