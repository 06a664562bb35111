-- A search reads the users: at a million of them that takes a moment that nobody notices, while the
-- indexes for it cost every write several pages.
DROP TABLE user_search_terms;
DROP TABLE user_search;
DROP INDEX users_by_class_creation_and_email;
DROP INDEX users_by_class_and_creation;
DROP INDEX users_by_class_and_email;
DROP INDEX users_by_class;
DELETE FROM meta WHERE name = 'search_up_to';
