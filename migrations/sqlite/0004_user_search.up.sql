-- Every order in which users are listed, by role and state: a list of some of them walks through
-- no others. The id is the end of each of these indexes. Lists of all users by id or by e-mail need
-- none of them.
CREATE INDEX users_by_class ON users (role, disabled);
CREATE INDEX users_by_class_and_email ON users (role, disabled, email_folded);
CREATE INDEX users_by_class_and_creation ON users (role, disabled, created_at);
CREATE INDEX users_by_class_creation_and_email ON users (role, disabled, created_at, email_folded);

-- Whose e-mail has some three characters in a row. It holds no e-mails; what it finds is looked at.
-- It has the users up to search_up_to and is written when some more have come, because
-- one by one that would cost each of them several pages of the log.
CREATE VIRTUAL TABLE user_search USING fts5 (
    email_folded,
    content = '',
    detail = none,
    columnsize = 0,
    tokenize = 'trigram case_sensitive 1'
);

-- How many users have which three characters: reads the index, and keeps nothing.
CREATE VIRTUAL TABLE user_search_terms USING fts5vocab (user_search, row);

INSERT INTO user_search (rowid, email_folded) SELECT id, email_folded FROM users ORDER BY id;
INSERT INTO meta (name, value) SELECT 'search_up_to', coalesce(max(id), 0) FROM users;
