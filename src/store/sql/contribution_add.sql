INSERT INTO contribution (alert, rank, feature, value, reference, effect)
VALUES (?1, ?2, ?3, ?4, ?5, ?6)
