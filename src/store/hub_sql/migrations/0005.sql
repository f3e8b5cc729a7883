-- An alert is known by its edge too: no edge takes the place of another's. `site`: where the edge
-- was when it sent it, who may see it goes by that; NULL: nobody knows.
CREATE TABLE alert_of_edge (
  edge     TEXT NOT NULL,
  id       TEXT NOT NULL,
  asset    TEXT NOT NULL,
  opened   INTEGER NOT NULL,
  updated  INTEGER NOT NULL,
  document TEXT NOT NULL,
  site     TEXT,
  PRIMARY KEY (edge, id)
) STRICT, WITHOUT ROWID;
INSERT INTO alert_of_edge (edge, id, asset, opened, updated, document)
  SELECT edge, id, asset, opened, updated, document FROM alert;
DROP TABLE alert;
ALTER TABLE alert_of_edge RENAME TO alert;
CREATE INDEX alert_by_opened ON alert (opened, id);
CREATE INDEX alert_by_edge ON alert (edge, opened, id);

CREATE TABLE verdict_of_edge (
  edge     TEXT NOT NULL,
  alert    TEXT NOT NULL,
  author   TEXT NOT NULL,
  time     INTEGER NOT NULL,
  document TEXT NOT NULL,
  PRIMARY KEY (edge, alert, author, time)
) STRICT, WITHOUT ROWID;
INSERT INTO verdict_of_edge (edge, alert, author, time, document)
  SELECT edge, alert, author, time, document FROM verdict;
DROP TABLE verdict;
ALTER TABLE verdict_of_edge RENAME TO verdict;
