-- What is absent is NULL where that means something to an index or a time, otherwise ''.
-- username_folded is to username what email_folded is to email. group_names has names with spaces
-- between them, in order, each once.
ALTER TABLE users ADD COLUMN username TEXT;
ALTER TABLE users ADD COLUMN username_folded TEXT;
ALTER TABLE users ADD COLUMN name TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN group_names TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN email_verified_at INTEGER;
ALTER TABLE users ADD COLUMN locale TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN last_login_at INTEGER;

-- Most users have none.
CREATE UNIQUE INDEX users_by_username ON users (username_folded) WHERE username_folded IS NOT NULL;

-- parent is the session that a session of kind forward ends with; 0 for the others.
ALTER TABLE sessions ADD COLUMN kind TEXT NOT NULL DEFAULT 'login'
    CHECK (kind IN ('login', 'token', 'forward', 'password_link'));
ALTER TABLE sessions ADD COLUMN parent INTEGER NOT NULL DEFAULT 0;
