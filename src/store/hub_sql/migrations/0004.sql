-- Where an object was when a revision was written, and what an entry of the log is about was when
-- it was added: who may see them goes by that. 0: of no site; NULL: nobody knows.
ALTER TABLE revision ADD COLUMN site INTEGER;
ALTER TABLE audit_leaf ADD COLUMN site INTEGER;
