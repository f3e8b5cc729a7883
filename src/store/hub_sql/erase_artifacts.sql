UPDATE artifact SET uploaded_by = ?2 WHERE uploaded_by = ?1
