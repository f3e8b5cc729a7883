SELECT digest, bytes, media_type, uploaded_by, uploaded FROM artifact WHERE digest = ?1
