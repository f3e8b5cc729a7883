UPDATE OR REPLACE verdict
SET author = ?2, document = replace(document, '"author":"' || ?1 || '"', '"author":"' || ?2 || '"')
WHERE author = ?1
