SELECT max(id) FROM field
