DELETE FROM api_token WHERE owner = ?1
