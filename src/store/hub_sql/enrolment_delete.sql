DELETE FROM enrolment_token WHERE name = ?1
