#pragma once

// Users and sessions as the API's answers have them. Knows no request.

#include <roster/session.hpp>
#include <roster/user.hpp>

#include "accounts/sessions.hpp"

#include <string>

namespace roster::server {

void append_user_document(const User& user, std::string& out);

/// `current`: the request that asks came with it.
void append_session_document(const Session& session, bool current, std::string& out);

/// The answer to a log-in. `shows_token`: otherwise a cookie has it.
void append_log_in_document(const accounts::OpenedSession& opened, bool shows_token,
                            const User& user, std::string& out);

/// The same for a program, which has no user of its own.
void append_token_document(const accounts::OpenedSession& opened, std::string& out);

/// With its quotes. Changes with every change of the user.
std::string etag_of(const User& user);

}  // namespace roster::server
