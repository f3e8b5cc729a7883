INSERT INTO term (field, value, object) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING
