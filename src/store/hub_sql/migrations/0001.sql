-- The first schema of a hub database. docs/formats/hub-db.md says what the columns hold.
PRAGMA application_id = 1280526402;  -- "LSHB"

CREATE TABLE object (
  id       INTEGER PRIMARY KEY,
  kind     INTEGER NOT NULL,
  name     TEXT NOT NULL,
  revision INTEGER NOT NULL,
  head     INTEGER NOT NULL,
  site     INTEGER NOT NULL,
  links    BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX object_by_name ON object (kind, name);

-- Names that were deleted, so that their revisions go on when they come back.
CREATE TABLE buried (
  kind     INTEGER NOT NULL,
  name     TEXT NOT NULL,
  id       INTEGER NOT NULL,
  revision INTEGER NOT NULL,
  PRIMARY KEY (kind, name)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX buried_by_id ON buried (id);

CREATE TABLE change (
  id     INTEGER PRIMARY KEY,
  time   INTEGER NOT NULL,
  author TEXT NOT NULL,
  actor  TEXT NOT NULL,
  note   TEXT NOT NULL
) STRICT;

CREATE TABLE revision (
  leaf   INTEGER PRIMARY KEY,
  object INTEGER NOT NULL,
  number INTEGER NOT NULL,
  what   INTEGER NOT NULL,
  change INTEGER NOT NULL,
  spec   TEXT
) STRICT;
CREATE UNIQUE INDEX revision_by_object ON revision (object, number);

CREATE TABLE field (
  id     INTEGER PRIMARY KEY,
  kind   INTEGER NOT NULL,
  name   TEXT NOT NULL,
  role   INTEGER NOT NULL,
  target INTEGER NOT NULL,
  UNIQUE (kind, name, role, target)
) STRICT;

-- Also references: there the value is the id of what is referred to.
CREATE TABLE term (
  field  INTEGER NOT NULL,
  value  ANY NOT NULL,
  object INTEGER NOT NULL,
  PRIMARY KEY (field, value, object)
) STRICT, WITHOUT ROWID;

-- Names and titles by their trigrams; a hit is looked at again, for trigrams say nothing of order.
CREATE VIRTUAL TABLE search USING fts5 (
  text, content = '', contentless_delete = 1, detail = none, tokenize = 'trigram');

CREATE TABLE kind_count (
  kind  INTEGER PRIMARY KEY,
  count INTEGER NOT NULL
) STRICT;

CREATE TABLE audit_action (
  id   INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE audit_actor (
  id   INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE audit_leaf (
  id      INTEGER PRIMARY KEY,
  stored  INTEGER NOT NULL,
  time    INTEGER NOT NULL,
  action  INTEGER NOT NULL,
  actor   INTEGER NOT NULL,
  subject TEXT,
  entry   TEXT NOT NULL
) STRICT;
CREATE INDEX audit_leaf_by_action ON audit_leaf (action);
CREATE INDEX audit_leaf_by_actor ON audit_leaf (actor, action);
CREATE INDEX audit_leaf_by_subject ON audit_leaf (subject) WHERE subject IS NOT NULL;

-- 256 hashes of complete subtrees each; id is level * 2^48 + number, level in steps of 8.
CREATE TABLE audit_tile (
  id     INTEGER PRIMARY KEY,
  hashes BLOB NOT NULL
) STRICT;

CREATE TABLE checkpoint (
  size INTEGER PRIMARY KEY,
  time INTEGER NOT NULL,
  root BLOB NOT NULL,
  note TEXT NOT NULL
) STRICT;

CREATE TABLE salt (
  person TEXT PRIMARY KEY,
  salt   BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE login (
  person        TEXT PRIMARY KEY,
  password_hash TEXT NOT NULL,
  changed       INTEGER NOT NULL,
  failures      INTEGER NOT NULL,
  last_failure  INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE session (
  digest      TEXT PRIMARY KEY,
  person      TEXT NOT NULL,
  csrf_digest TEXT NOT NULL,
  created     INTEGER NOT NULL,
  seen        INTEGER NOT NULL,
  expires     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX session_by_person ON session (person, created);
CREATE INDEX session_by_expires ON session (expires);

CREATE TABLE api_token (
  name    TEXT PRIMARY KEY,
  digest  TEXT NOT NULL UNIQUE,
  owner   TEXT NOT NULL,
  scope   TEXT NOT NULL,
  created INTEGER NOT NULL,
  expires INTEGER NOT NULL,
  used    INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX api_token_by_owner ON api_token (owner);

CREATE TABLE enrolment_token (
  name       TEXT PRIMARY KEY,
  digest     TEXT NOT NULL UNIQUE,
  site       TEXT NOT NULL,
  edge       TEXT NOT NULL,
  created_by TEXT NOT NULL,
  created    INTEGER NOT NULL,
  expires    INTEGER NOT NULL,
  max_uses   INTEGER NOT NULL,
  uses       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE approval (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,
  kind         INTEGER NOT NULL,
  name         TEXT NOT NULL,
  digest       TEXT NOT NULL,
  purpose      TEXT NOT NULL,
  requested_by TEXT NOT NULL,
  requested    INTEGER NOT NULL,
  state        INTEGER NOT NULL,
  decided_by   TEXT NOT NULL,
  decided      INTEGER,
  reason       TEXT NOT NULL
) STRICT;
CREATE INDEX approval_by_state ON approval (state);
CREATE INDEX approval_by_subject ON approval (kind, name);

CREATE TABLE certificate (
  serial      TEXT PRIMARY KEY,
  edge        TEXT NOT NULL,
  fingerprint TEXT NOT NULL UNIQUE,
  issued      INTEGER NOT NULL,
  not_after   INTEGER NOT NULL,
  revoked     INTEGER,
  revoked_by  TEXT NOT NULL,
  reason      TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX certificate_by_edge ON certificate (edge, issued);
CREATE INDEX certificate_revoked ON certificate (not_after) WHERE revoked IS NOT NULL;

-- The documents are apart, so that a list of edges does not read them.
CREATE TABLE edge (
  name             TEXT PRIMARY KEY,
  site             TEXT NOT NULL,
  enrolled         INTEGER NOT NULL,
  desired_version  INTEGER NOT NULL,
  desired_digest   TEXT NOT NULL,
  desired_at       INTEGER,
  reported_version INTEGER NOT NULL,
  reported_at      INTEGER,
  seen             INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE edge_desired (
  edge     TEXT PRIMARY KEY REFERENCES edge (name) ON DELETE CASCADE,
  document TEXT NOT NULL
) STRICT;

CREATE TABLE edge_report (
  edge     TEXT PRIMARY KEY REFERENCES edge (name) ON DELETE CASCADE,
  document TEXT NOT NULL
) STRICT;

CREATE TABLE artifact (
  digest      TEXT PRIMARY KEY,
  bytes       INTEGER NOT NULL,
  media_type  TEXT NOT NULL,
  uploaded_by TEXT NOT NULL,
  uploaded    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
