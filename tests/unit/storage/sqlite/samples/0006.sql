-- A database of schema version 6, as `sqlite3 roster.db .dump` writes it; .dump leaves out the first
-- line.
PRAGMA application_id = 1920169074;
BEGIN TRANSACTION;
CREATE TABLE meta (
    name TEXT NOT NULL PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO meta VALUES('clean_stop',1);
INSERT INTO meta VALUES('next_session_id',4);
INSERT INTO meta VALUES('next_user_id',5);
INSERT INTO meta VALUES('revision',5);
CREATE TABLE schema_migrations (number INTEGER NOT NULL PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL, applied_at INTEGER NOT NULL) STRICT;
INSERT INTO schema_migrations VALUES(1,'users','1bab30ce4808c8f730ff92f808e03b61f3cbef11e7c6fd643dec406f2313c8d9',1795338000);
INSERT INTO schema_migrations VALUES(2,'sessions','95bfed6b7f86d01ac34fd7d1cdf2422536606de195aeaa2e4dbc9d496bd5f9e7',1795338000);
INSERT INTO schema_migrations VALUES(3,'metadata','1fe90881b64f773742b8d9229d6b6aba9a6e6ae84e8c5ad825c987c9a8f3e6ed',1795338000);
INSERT INTO schema_migrations VALUES(4,'user_search','3dfbc133060c1bd7916075b6a0acaf53831a46021b62192547784287a8cf0d2e',1795338000);
INSERT INTO schema_migrations VALUES(5,'search_by_scan','3c9ecb7c802a053e2a1d7021e04c7d8ae670556b8700b6d079e43278067817ee',1795338000);
INSERT INTO schema_migrations VALUES(6,'profiles_and_session_kinds','277aa73521cfb5286500fd8f59cc04a2353477b23598d2f1b351c33a7ce14ed8',1795338000);
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
, kind TEXT NOT NULL DEFAULT 'login'
    CHECK (kind IN ('login', 'token', 'forward', 'password_link')), parent INTEGER NOT NULL DEFAULT 0) STRICT;
INSERT INTO sessions VALUES(2,2,X'1f0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f',2,'backup','','',1795338000,1795338000,4948938000,'token',0);
INSERT INTO sessions VALUES(3,1,X'000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f',1,'laptop','127.0.0.1','curl/8',1795338000,1795338000,4948938000,'login',0);
CREATE TABLE throttle (
    key TEXT NOT NULL PRIMARY KEY,
    state TEXT NOT NULL,
    until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO throttle VALUES('account:admin@a.com','1 2 3',4948938000);
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
, metadata TEXT NOT NULL DEFAULT '{}'
    CHECK (metadata LIKE '{%}' AND length(CAST(metadata AS BLOB)) <= 16384), username TEXT, username_folded TEXT, name TEXT NOT NULL DEFAULT '', group_names TEXT NOT NULL DEFAULT '', email_verified_at INTEGER, locale TEXT NOT NULL DEFAULT '', last_login_at INTEGER) STRICT;
INSERT INTO users VALUES(1,'admin@a.com','admin@a.com','$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA','admin',0,1795338000,1795338060,1,1,'{}',NULL,NULL,'','',NULL,'',NULL);
INSERT INTO users VALUES(2,'Mixed@Case.com','mixed@case.com','$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA','user',0,1795338000,1795338120,2,2,'{"team":"red","n":[1,2.50]}','Bob','bob','Bob B.','admins media',1795338000,'de-CH',1795338060);
INSERT INTO users VALUES(4,'o''hara@a.com','o''hara@a.com','$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA','user',1,1795338000,1795338180,5,5,'{}',NULL,NULL,'','',NULL,'',NULL);
CREATE UNIQUE INDEX users_by_email ON users (email_folded);
CREATE INDEX sessions_by_user ON sessions (user);
CREATE UNIQUE INDEX users_by_username ON users (username_folded) WHERE username_folded IS NOT NULL;
COMMIT;
