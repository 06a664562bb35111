-- Times are seconds since 1970, UTC.

-- What is counted for the whole store, and whether the last server closed it itself.
CREATE TABLE meta (
    name TEXT NOT NULL PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO meta (name, value) VALUES ('revision', 0), ('next_user_id', 1), ('clean_stop', 1);

-- email_folded is the e-mail with its ASCII letters in lower case, as roster compares them. It is a
-- column of its own because SQLite's NOCASE stops at a NUL, and lower() may be another one.
CREATE TABLE users (
    id INTEGER NOT NULL PRIMARY KEY CHECK (id > 0),
    email TEXT NOT NULL,
    email_folded TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('admin', 'user')),
    disabled INTEGER NOT NULL CHECK (disabled IN (0, 1)),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    credentials_revision INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX users_by_email ON users (email_folded);
