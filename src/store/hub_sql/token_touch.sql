UPDATE api_token SET used = ?2 WHERE digest = ?1
