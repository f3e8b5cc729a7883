UPDATE approval SET purpose = json_set(purpose, ?2, ?3) WHERE id = ?1
