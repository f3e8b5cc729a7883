-- Copies of the alerts that edges raised, and of what operators said of them.
CREATE TABLE alert (
  id       TEXT NOT NULL PRIMARY KEY,
  edge     TEXT NOT NULL,
  asset    TEXT NOT NULL,
  opened   INTEGER NOT NULL,
  updated  INTEGER NOT NULL,
  document TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX alert_by_opened ON alert (opened);

CREATE TABLE verdict (
  alert    TEXT NOT NULL,
  author   TEXT NOT NULL,
  time     INTEGER NOT NULL,
  edge     TEXT NOT NULL,
  document TEXT NOT NULL,
  PRIMARY KEY (alert, author, time)
) STRICT, WITHOUT ROWID;
