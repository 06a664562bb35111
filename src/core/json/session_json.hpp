#pragma once

// A session as people and the API see it: JSON without the digest of its token. Knows no store.

#include <roster/session.hpp>

#include <string>

namespace roster {

/// Appends the object without its closing brace, so that a caller can add members.
void begin_session_json(const Session& session, std::string& out);

}  // namespace roster
