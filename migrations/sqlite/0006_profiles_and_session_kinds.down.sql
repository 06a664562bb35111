-- An older roster would take each of them for a log-in.
DELETE FROM sessions WHERE kind <> 'login';
ALTER TABLE sessions DROP COLUMN parent;
ALTER TABLE sessions DROP COLUMN kind;
DROP INDEX users_by_username;
ALTER TABLE users DROP COLUMN last_login_at;
ALTER TABLE users DROP COLUMN locale;
ALTER TABLE users DROP COLUMN email_verified_at;
ALTER TABLE users DROP COLUMN group_names;
ALTER TABLE users DROP COLUMN name;
ALTER TABLE users DROP COLUMN username_folded;
ALTER TABLE users DROP COLUMN username;
