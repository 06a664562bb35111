-- Times are seconds since 1970, UTC. What is absent is NULL where that means something to an index
-- or a time, otherwise ''. Texts are compared as bytes, whatever the database's locale is.

-- One row. A change of users locks it first: so revisions have no gap and are in commit order, ids
-- are assigned once, and no two writers can each take away "the other" last administrator.
CREATE TABLE store (
    is_only boolean NOT NULL PRIMARY KEY DEFAULT true CHECK (is_only),
    revision bigint NOT NULL,
    next_user_id bigint NOT NULL,
    users bigint NOT NULL,
    admins bigint NOT NULL
) WITH (fillfactor = 10, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_scale_factor = 0);
INSERT INTO store VALUES (true, 0, 1, 0, 0);

-- A row of its own: log-ins do not wait for changes of users.
CREATE TABLE session_ids (
    is_only boolean NOT NULL PRIMARY KEY DEFAULT true CHECK (is_only),
    next bigint NOT NULL
) WITH (fillfactor = 10, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_scale_factor = 0);
INSERT INTO session_ids VALUES (true, 1);

-- lower() of the collation "C" knows ASCII letters only, as roster compares e-mails. metadata is
-- json: jsonb forgets the order of members and the digits of numbers. The unique constraints are
-- deferrable so that one statement may hand an e-mail from one user to another.
CREATE TABLE users (
    id bigint NOT NULL PRIMARY KEY CHECK (id BETWEEN 1 AND 9007199254740990),
    email text NOT NULL CHECK (octet_length(email) BETWEEN 1 AND 254),
    email_folded text COLLATE "C" NOT NULL GENERATED ALWAYS AS (lower(email COLLATE "C")) STORED,
    password_hash text NOT NULL CHECK (password_hash = '' OR password_hash LIKE '$%'),
    role text NOT NULL DEFAULT 'user' CHECK (role IN ('admin', 'user')),
    disabled boolean NOT NULL DEFAULT false,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    revision bigint NOT NULL,
    credentials_revision bigint NOT NULL,
    metadata json NOT NULL DEFAULT '{}'
        CHECK (json_typeof(metadata) = 'object' AND octet_length(metadata::text) <= 16384),
    username text CHECK (username ~ '^[A-Za-z0-9._-]{1,64}$' AND username ~ '[^0-9]'),
    username_folded text COLLATE "C" GENERATED ALWAYS AS (lower(username COLLATE "C")) STORED,
    name text NOT NULL DEFAULT '' CHECK (octet_length(name) <= 254),
    group_names text NOT NULL DEFAULT '' CHECK (group_names ~ '^([a-z0-9._-]{1,64}( |$))*$'),
    email_verified_at bigint,
    locale text NOT NULL DEFAULT '' CHECK (locale ~ '^[A-Za-z0-9-]{0,35}$'),
    last_login_at bigint,
    CONSTRAINT users_by_email UNIQUE (email_folded) DEFERRABLE INITIALLY IMMEDIATE,
    CONSTRAINT users_by_username UNIQUE (username_folded) DEFERRABLE INITIALLY IMMEDIATE
) WITH (fillfactor = 90);

-- digest is the SHA-256 of the token; the token itself is kept nowhere. A session that was ended,
-- also with its user, stays for a day, so that every instance can say "revoked" and not "unknown".
CREATE TABLE sessions (
    id bigint NOT NULL PRIMARY KEY CHECK (id > 0),
    user_id bigint NOT NULL,
    digest bytea NOT NULL CHECK (octet_length(digest) = 32),
    credentials_revision bigint NOT NULL,
    label text NOT NULL DEFAULT '',
    address text NOT NULL DEFAULT '',
    user_agent text NOT NULL DEFAULT '',
    created_at bigint NOT NULL,
    last_seen_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    kind text NOT NULL DEFAULT 'login'
        CHECK (kind IN ('login', 'token', 'forward', 'password_link')),
    parent bigint NOT NULL DEFAULT 0,
    ended_at bigint
) WITH (fillfactor = 85);
CREATE INDEX sessions_by_digest ON sessions (digest);
CREATE INDEX sessions_by_user ON sessions (user_id, id);

CREATE TABLE throttle (
    key text COLLATE "C" NOT NULL PRIMARY KEY,
    state text NOT NULL,
    until bigint NOT NULL
) WITH (fillfactor = 50);

-- The last batch that each writing connection committed: after a lost connection it says whether
-- the commit that was never answered took place.
CREATE TABLE writers (
    instance text NOT NULL PRIMARY KEY,
    last_batch bigint NOT NULL,
    seen_at timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 10);

CREATE FUNCTION end_sessions_of_user() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE sessions SET ended_at = extract(epoch FROM now())::bigint
        WHERE user_id = OLD.id AND ended_at IS NULL;
    RETURN NULL;
END $$;
CREATE TRIGGER end_sessions AFTER DELETE ON users FOR EACH ROW
    EXECUTE FUNCTION end_sessions_of_user();

-- What follows is for edits by SQL. roster sets roster.writer = on for its own connections, and
-- pays nothing for it.

-- Before any row is locked, in the order in which roster locks.
CREATE FUNCTION hand_edit_begins() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM store WHERE is_only FOR NO KEY UPDATE;
    RETURN NULL;
END $$;

CREATE FUNCTION hand_edit_of_user() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    r bigint;
    current_time_s bigint := extract(epoch FROM now())::bigint;
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.id <> OLD.id THEN
        RAISE EXCEPTION 'the id of a user does not change' USING ERRCODE = 'check_violation';
    END IF;
    IF TG_OP = 'INSERT' AND NEW.id < (SELECT next_user_id FROM store WHERE is_only) THEN
        RAISE EXCEPTION 'the id is in use, or was in the past; leave it out'
            USING ERRCODE = 'unique_violation';
    END IF;
    UPDATE store SET revision = revision + 1 WHERE is_only RETURNING revision INTO r;
    IF TG_OP = 'INSERT' THEN
        UPDATE store SET next_user_id = coalesce(NEW.id, next_user_id) + 1 WHERE is_only
            RETURNING next_user_id - 1 INTO NEW.id;
        NEW.created_at := coalesce(NEW.created_at, current_time_s);
        NEW.credentials_revision := r;
    ELSIF NEW.password_hash <> OLD.password_hash OR NEW.disabled <> OLD.disabled THEN
        NEW.credentials_revision := r;
    ELSE
        NEW.credentials_revision := OLD.credentials_revision;
    END IF;
    NEW.revision := r;
    NEW.updated_at := current_time_s;
    IF EXISTS (SELECT 1 FROM users WHERE id <> NEW.id
               AND (email_folded = lower(NEW.username COLLATE "C")
                    OR username_folded = lower(NEW.email COLLATE "C"))) THEN
        RAISE EXCEPTION 'a username is the e-mail of another user'
            USING ERRCODE = 'unique_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION hand_edit_ends() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    n bigint;
    a bigint;
BEGIN
    SELECT count(*), count(*) FILTER (WHERE role = 'admin' AND NOT disabled) INTO n, a FROM users;
    IF a = 0 AND (SELECT admins FROM store WHERE is_only) > 0 THEN
        RAISE EXCEPTION 'the last administrator cannot be removed, disabled or demoted'
            USING ERRCODE = 'check_violation';
    END IF;
    UPDATE store SET users = n, admins = a WHERE is_only;
    IF TG_OP = 'DELETE' THEN UPDATE store SET revision = revision + 1 WHERE is_only; END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION refuse_truncate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'use DELETE' USING ERRCODE = 'feature_not_supported';
END $$;

CREATE TRIGGER a_hand_edit_begins BEFORE INSERT OR UPDATE OR DELETE ON users FOR EACH STATEMENT
    WHEN (current_setting('roster.writer', true) IS DISTINCT FROM 'on')
    EXECUTE FUNCTION hand_edit_begins();
CREATE TRIGGER b_hand_edit BEFORE INSERT OR UPDATE ON users FOR EACH ROW
    WHEN (current_setting('roster.writer', true) IS DISTINCT FROM 'on')
    EXECUTE FUNCTION hand_edit_of_user();
CREATE TRIGGER c_hand_edit_ends AFTER INSERT OR UPDATE OR DELETE ON users FOR EACH STATEMENT
    WHEN (current_setting('roster.writer', true) IS DISTINCT FROM 'on')
    EXECUTE FUNCTION hand_edit_ends();
CREATE TRIGGER d_refuse_truncate BEFORE TRUNCATE ON users FOR EACH STATEMENT
    EXECUTE FUNCTION refuse_truncate();
