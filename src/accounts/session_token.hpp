#pragma once

// The secret that stands for a session. Only its digest is ever kept.

#include <roster/secret.hpp>
#include <roster/session.hpp>

#include <optional>
#include <string_view>

namespace roster::accounts {

/// A new token: `roster_` and 256 random bits in base64url, so that those who look for leaked
/// secrets can tell what they found.
/// Requires: libsodium is ready (a PasswordHasher exists).
/// Threads: any.
Secret new_session_token();

/// Nothing where the text cannot be a token. Allocates nothing. Threads: any.
std::optional<SessionDigest> digest_of_token(std::string_view token) noexcept;

}  // namespace roster::accounts
