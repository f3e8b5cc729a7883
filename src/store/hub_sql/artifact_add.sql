INSERT INTO artifact (digest, bytes, media_type, uploaded_by, uploaded)
VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING
