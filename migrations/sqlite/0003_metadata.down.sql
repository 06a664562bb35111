ALTER TABLE users DROP COLUMN metadata;
