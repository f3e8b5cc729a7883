-- The texts of a purpose as they are, not as JSON escapes them. Programs keep their names: the log
-- has them.
SELECT a.id, t.atom, t.fullkey
FROM approval a, json_tree(iif(json_valid(a.purpose), a.purpose, '{}')) t
WHERE t.type = 'text' AND instr(t.atom, ?1) > 0 AND t.fullkey <> '$.token'
