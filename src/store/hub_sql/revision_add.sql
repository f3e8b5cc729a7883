INSERT INTO revision (leaf, object, number, what, change, spec, site)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
