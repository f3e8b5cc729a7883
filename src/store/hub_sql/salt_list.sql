SELECT person, salt FROM salt
