-- What others keep about a user: a JSON object, as compact text where roster wrote it. That it is
-- one, roster sees when it reads it: SQLite's functions of JSON may not stand in a schema that is
-- not trusted.
ALTER TABLE users ADD COLUMN metadata TEXT NOT NULL DEFAULT '{}'
    CHECK (metadata LIKE '{%}' AND length(CAST(metadata AS BLOB)) <= 16384);
