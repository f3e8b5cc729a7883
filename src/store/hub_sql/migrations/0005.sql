-- The alerts of one edge, newest first, a page at a time.
CREATE INDEX alert_by_edge ON alert (edge, opened, id);
