-- Whether a program ever acted for the person. Where a version before 4 wrote of an erased one, the
-- spec may be gone too, or the name where it was the author's.
SELECT 1 FROM (SELECT id FROM object WHERE kind = ?1 AND name = ?2
               UNION ALL SELECT id FROM buried WHERE kind = ?1 AND name = ?2) t
JOIN revision r ON r.object = t.id
WHERE instr(r.spec, '"person":"' || ?3 || '"') > 0
   OR (r.site IS NULL AND r.what <> 3 AND (?3 = '' OR (r.spec IS NULL AND ?3 LIKE 'erased/%')))
LIMIT 1
