INSERT INTO meta (name, value) VALUES ('next_session_id', 1);

-- digest is the SHA-256 of the token; the token itself is kept nowhere.
CREATE TABLE sessions (
    id INTEGER NOT NULL PRIMARY KEY CHECK (id > 0),
    user INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    digest BLOB NOT NULL CHECK (length(digest) = 32),
    credentials_revision INTEGER NOT NULL,
    label TEXT NOT NULL,
    address TEXT NOT NULL,
    user_agent TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    last_seen_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;

CREATE INDEX sessions_by_user ON sessions (user);

CREATE TABLE throttle (
    key TEXT NOT NULL PRIMARY KEY,
    state TEXT NOT NULL,
    until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
