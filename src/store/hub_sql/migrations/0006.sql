-- The newest verdicts of an alert are read without the others.
CREATE INDEX verdict_by_time ON verdict (edge, alert, time);
