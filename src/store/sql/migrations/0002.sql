-- What an alert's message was written of; NULL for alerts from before.
ALTER TABLE alert ADD COLUMN opened_value REAL;
