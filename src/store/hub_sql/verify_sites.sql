-- Objects whose site is none, or another than the index says, and what is gone from no site.
-- Without the plus the type of the column would keep the index of `term` from being used.
SELECT o.kind, o.name, o.site FROM object o
WHERE o.site <> 0
  AND (NOT EXISTS (SELECT 1 FROM object WHERE id = o.site AND kind = 0
                   UNION ALL SELECT 1 FROM buried WHERE id = o.site AND kind = 0)
       OR NOT EXISTS (SELECT 1 FROM field f JOIN term t
                      ON t.field = f.id AND t.value = +o.site AND t.object = o.id
                      WHERE f.kind = o.kind AND f.role = 2))
UNION ALL
SELECT b.kind, b.name, b.site FROM buried b
WHERE b.site <> 0
  AND NOT EXISTS (SELECT 1 FROM object WHERE id = b.site AND kind = 0
                  UNION ALL SELECT 1 FROM buried WHERE id = b.site AND kind = 0)
LIMIT 3
