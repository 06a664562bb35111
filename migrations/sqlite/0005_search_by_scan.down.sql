CREATE INDEX users_by_class ON users (role, disabled);
CREATE INDEX users_by_class_and_email ON users (role, disabled, email_folded);
CREATE INDEX users_by_class_and_creation ON users (role, disabled, created_at);
CREATE INDEX users_by_class_creation_and_email ON users (role, disabled, created_at, email_folded);
CREATE VIRTUAL TABLE user_search USING fts5 (
    email_folded,
    content = '',
    detail = none,
    columnsize = 0,
    tokenize = 'trigram case_sensitive 1'
);
CREATE VIRTUAL TABLE user_search_terms USING fts5vocab (user_search, row);
INSERT INTO user_search (rowid, email_folded) SELECT id, email_folded FROM users ORDER BY id;
INSERT INTO meta (name, value) SELECT 'search_up_to', coalesce(max(id), 0) FROM users;
