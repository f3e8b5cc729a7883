-- What else a person is known by.
SELECT DISTINCT w.value FROM revision r,
  json_each(json_array(json_extract(r.spec, '$.title'), json_extract(r.spec, '$.email'))) w
WHERE r.object = ?1 AND r.spec IS NOT NULL AND w.value IS NOT NULL
