-- The first schema of an edge database. docs/formats/edge-db.md says what the columns hold.
PRAGMA application_id = 1280525636;  -- "LSED"

CREATE TABLE alert (
  id               TEXT PRIMARY KEY,
  edge             TEXT NOT NULL,
  pipeline         TEXT NOT NULL,
  pipeline_version TEXT NOT NULL,
  asset            TEXT NOT NULL,
  decision         TEXT NOT NULL,
  severity         TEXT NOT NULL CHECK (severity IN ('info', 'warning', 'critical')),
  state            TEXT NOT NULL CHECK (state IN ('open', 'cleared')),
  opened           INTEGER NOT NULL,
  updated          INTEGER NOT NULL,
  cleared          INTEGER,
  value            REAL,
  worst            REAL,
  threshold        REAL,
  message          TEXT NOT NULL
) STRICT;
CREATE INDEX alert_by_opened ON alert (opened, id);
CREATE INDEX alert_by_state ON alert (state, opened, id);
CREATE INDEX alert_by_asset ON alert (asset, opened, id);

CREATE TABLE contribution (
  alert     TEXT NOT NULL REFERENCES alert (id) ON DELETE CASCADE,
  rank      INTEGER NOT NULL,
  feature   TEXT NOT NULL,
  value     REAL,
  reference REAL,
  effect    REAL,
  PRIMARY KEY (alert, rank)
) STRICT, WITHOUT ROWID;

CREATE TABLE verdict (
  id              INTEGER PRIMARY KEY,
  alert           TEXT NOT NULL REFERENCES alert (id),
  verdict         TEXT NOT NULL CHECK (verdict IN ('confirmed', 'false', 'unsure')),
  cause           TEXT NOT NULL,
  note            TEXT NOT NULL,
  author          TEXT NOT NULL,
  author_verified INTEGER NOT NULL,
  time            INTEGER NOT NULL
) STRICT;
CREATE INDEX verdict_by_alert ON verdict (alert, id);

CREATE TABLE outbox (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  position   INTEGER NOT NULL,
  connection TEXT NOT NULL,
  topic      TEXT NOT NULL,
  payload    BLOB NOT NULL,
  qos        INTEGER NOT NULL,
  created    INTEGER NOT NULL,
  bytes      INTEGER NOT NULL
) STRICT;
-- With `bytes`, so that counting the outbox at start does not read the payloads.
CREATE INDEX outbox_by_connection ON outbox (connection, id, bytes);

CREATE TABLE progress (
  lane    TEXT PRIMARY KEY,
  applied INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE reject (
  connection TEXT NOT NULL,
  reason     TEXT NOT NULL,
  count      INTEGER NOT NULL,
  last       INTEGER NOT NULL,
  sample     TEXT NOT NULL,
  PRIMARY KEY (connection, reason)
) STRICT, WITHOUT ROWID;

CREATE TABLE meta (
  key   TEXT PRIMARY KEY,
  value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
