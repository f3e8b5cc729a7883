INSERT INTO revision (leaf, object, number, what, change, spec) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
