-- What somebody said who was erased meanwhile is not said again under the name.
INSERT INTO verdict (alert, edge, author, time, document)
SELECT ?1, ?2, ?3, ?4, ?5
WHERE NOT EXISTS (SELECT 1 FROM verdict
                  WHERE edge = ?2 AND alert = ?1 AND time = ?4 AND length(author) = 23
                    AND author GLOB 'erased/*' AND substr(author, 8) NOT GLOB '*[^0-9a-f]*')
ON CONFLICT DO NOTHING
