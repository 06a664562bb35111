DROP TABLE sessions, throttle, writers, session_ids, users, store;
DROP FUNCTION hand_edit_begins, hand_edit_of_user, hand_edit_ends, refuse_truncate,
    end_sessions_of_user;
