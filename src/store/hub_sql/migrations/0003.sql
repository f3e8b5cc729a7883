-- Where what was deleted had been, so that its past is seen by those who could see it. 0: of no
-- site; NULL: nobody knows.
ALTER TABLE buried ADD COLUMN site INTEGER;
UPDATE buried SET site = 0 WHERE kind NOT IN (0, 1, 2, 4, 5, 6, 7);
