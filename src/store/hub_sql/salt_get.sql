SELECT salt FROM salt WHERE person = ?1
