#pragma once

// A session, as the rules and every store know it.
// Knows no token (only its digest is stored), no clock and no lifetime rule.

#include <roster/user.hpp>

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace roster {

/// Ids start at 1 and grow; 0 is no session.
using SessionId = std::uint64_t;

/// What a session's token may be used for.
enum class SessionKind : std::uint8_t {
    /// A person's log-in.
    login,
    /// A program's; ends at its absolute end only.
    token,
    /// Of a proxy that asks for a user with a log-in, which is its parent; ends with it.
    forward,
    /// To set a new password once; no log-in.
    password_link,
};

/// The enumerator's own name.
std::string_view to_string(SessionKind kind) noexcept;
std::optional<SessionKind> parse_session_kind(std::string_view text) noexcept;

/// Some of the kinds.
class SessionKinds {
  public:
    constexpr SessionKinds(SessionKind kind) noexcept : mask_(1U << static_cast<unsigned>(kind)) {}

    constexpr bool has(SessionKind kind) const noexcept {
        return (mask_ & SessionKinds(kind).mask_) != 0;
    }
    constexpr SessionKinds with(SessionKinds others) const noexcept {
        others.mask_ |= mask_;
        return others;
    }

  private:
    unsigned mask_;
};

constexpr SessionKinds operator|(SessionKind a, SessionKind b) noexcept {
    return SessionKinds(a).with(b);
}
constexpr SessionKinds operator|(SessionKinds a, SessionKind b) noexcept {
    return a.with(b);
}

/// The SHA-256 of a session's token.
using SessionDigest = std::array<unsigned char, 32>;

/// Units: times are UTC, to the second.
struct Session {
    Session() = default;  // not an aggregate: it is passed to awaited functions

    SessionId id = 0;
    UserId user = 0;
    SessionKind kind = SessionKind::login;
    /// Of a `forward` session; otherwise 0.
    SessionId parent = 0;
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
