-- ?2: the field of Site that names the parent.
WITH RECURSIVE below (id) AS (
  VALUES (?1) UNION SELECT t.object FROM below b JOIN term t ON t.field = ?2 AND t.value = b.id)
SELECT o.name FROM below b JOIN object o ON o.id = b.id
