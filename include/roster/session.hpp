#pragma once

// A session, as the rules and every store know it.
// Knows no token (only its digest is stored), no clock and no lifetime rule.

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
    /// The user's `credentials_revision` at log-in: the session is valid as long as the user still
    /// has it.
    Revision credentials_revision = 0;
    /// The user's name for it.
    std::string label;
    /// Of the client that opened it.
    std::string address;
    std::string user_agent;
    std::chrono::sys_seconds created_at{};
    /// Updated now and then, not at every use.
    std::chrono::sys_seconds last_seen_at{};
    /// The end, even if it is in use.
    std::chrono::sys_seconds expires_at{};
};

}  // namespace roster
