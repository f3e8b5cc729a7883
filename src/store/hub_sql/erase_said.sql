UPDATE OR REPLACE verdict
SET author = ?5, document = json_set(document, '$.author', ?5, '$.note', ?6, '$.cause', ?7)
WHERE edge = ?1 AND alert = ?2 AND author = ?3 AND time = ?4
