#pragma once

// What a new password must be like, for each channel. Checked when a password is set, never at a
// log-in: an existing password may be used. Knows no user and no store.

#include <roster/error.hpp>
#include <roster/secret.hpp>

#include "core/channel.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace roster::passwords {

class PasswordBlocklist;

/// Bounds the work of hashing; no pass phrase is as long.
inline constexpr std::size_t kMaxPasswordBytes = 1024;
/// Of the HTTP API and the command line. Source: NIST SP 800-63B.
inline constexpr std::size_t kMinPasswordCharacters = 8;
/// Of the classic protocol, whose clients must continue to work.
inline constexpr std::size_t kMinClassicPasswordCharacters = 2;

/// No rules of composition: they make passwords worse.
///
/// Threads: any.
class PasswordPolicy {
  public:
    /// Without a list, a password may also be common, or the user's e-mail.
    /// Units: code points.
    explicit PasswordPolicy(std::size_t min_characters,
                            std::shared_ptr<const PasswordBlocklist> forbidden = nullptr);

    std::size_t min_characters() const noexcept { return min_characters_; }

    /// Errors, in this order: `password_too_long` (more than 1024 bytes),
    /// `password_not_text` (no UTF-8, or control characters), `password_too_short`,
    /// `password_is_email` (the whole address, in whatever case), `password_common`.
    result<void> check(const Secret& password, std::string_view email) const noexcept;

  private:
    std::size_t min_characters_;
    std::shared_ptr<const PasswordBlocklist> forbidden_;
};

/// The policy of each channel.
///
/// Threads: any.
class PasswordPolicies {
  public:
    /// `min_characters` applies to every channel; by default 8, and 2 for the classic protocol. The
    /// empty name of a file: the list that is compiled in. Unless one of the two is given, the
    /// classic protocol takes common passwords and the e-mail.
    ///
    /// Throws: `StartupError` with `invalid_request` for a file that cannot be read (its text names
    /// it, and the line).
    explicit PasswordPolicies(std::optional<std::size_t> min_characters = std::nullopt,
                              const std::string& blocklist_file = {});

    const PasswordPolicy& at(Channel channel) const noexcept;

  private:
    PasswordPolicy others_{kMinPasswordCharacters};
    PasswordPolicy classic_{kMinClassicPasswordCharacters};
};

}  // namespace roster::passwords
