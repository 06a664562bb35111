#pragma once

// A log-in that lasts, as the rules and every store know it.
// Knows no token: only its digest is ever kept. Knows no clock and no lifetime rule.

#include <roster/user.hpp>

#include <array>
#include <chrono>
#include <cstdint>
#include <string>

namespace roster {

/// Ids start at 1 and grow; 0 is no session.
using SessionId = std::uint64_t;

/// The SHA-256 of a session's token.
using SessionDigest = std::array<unsigned char, 32>;

/// Units: times are UTC, to the second.
struct Session {
    Session() = default;  // not an aggregate: it is passed to awaited functions

    SessionId id = 0;
    UserId user = 0;
    SessionDigest digest{};
    /// The user's `credentials_revision` when he logged in: where the two differ the session is
    /// over.
    Revision credentials_revision = 0;
    /// What its owner calls it.
    std::string label;
    /// Where it was opened from, as text, and with what.
    std::string address;
    std::string user_agent;
    std::chrono::sys_seconds created_at{};
    /// Written now and then, not at every use.
    std::chrono::sys_seconds last_seen_at{};
    /// When it ends, however busy it is.
    std::chrono::sys_seconds expires_at{};
};

}  // namespace roster
