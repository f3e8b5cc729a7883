-- Revisions of the two kinds that refer to people, with what the log says of them.
SELECT r.leaf, n.kind, r.spec, r.site IS NULL
FROM (SELECT id, kind FROM object WHERE kind IN (?2, ?3)
      UNION ALL SELECT id, kind FROM buried WHERE kind IN (?2, ?3)) n
JOIN revision r ON r.object = n.id
WHERE instr(r.spec, ?1) > 0
