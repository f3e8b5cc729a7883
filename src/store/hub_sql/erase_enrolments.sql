UPDATE enrolment_token SET created_by = ?2 WHERE created_by = ?1
