#pragma once

// Sessions as JSON on the wire. No digest is ever written.

#include <roster/session.hpp>

#include <string>

namespace roster {

/// Appends
/// `{"id":4,"user":1,"label":"…","created_at":"…","last_seen_at":"…","expires_at":"…","ip":"…",
/// "user_agent":"…"}` on one line.
void encode_session(const Session& session, std::string& out);

}  // namespace roster
