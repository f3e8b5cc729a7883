-- Where a verdict has a word of somebody.
SELECT edge, alert, author, time, coalesce(document ->> '$.note', ''),
       coalesce(document ->> '$.cause', '')
FROM verdict WHERE json_valid(document) AND
  (instr(author, ?1) > 0 OR instr(document ->> '$.note', ?1) > 0
   OR instr(document ->> '$.cause', ?1) > 0)
