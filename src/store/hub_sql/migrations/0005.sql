-- The alerts of one edge, newest first, a page at a time.
CREATE INDEX alert_by_edge ON alert (edge, opened, id);
-- Where the edge was when it sent it: who may see it goes by that. NULL: nobody knows.
ALTER TABLE alert ADD COLUMN site TEXT;
