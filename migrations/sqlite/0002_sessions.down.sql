DROP TABLE throttle;
DROP TABLE sessions;
DELETE FROM meta WHERE name = 'next_session_id';
