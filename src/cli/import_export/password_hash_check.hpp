#pragma once

// Which texts are taken as the hash of a password, and why others are not.
// The messages never repeat the text.

#include <optional>
#include <string>
#include <string_view>

namespace roster::cli {

/// Why such a hash cannot be taken over, to follow the name of a column; nothing where it can.
/// An empty text is no hash.
std::optional<std::string> why_hash_refused(std::string_view text);

/// Whether a plain password is one in truth: a hash, good or bad, must not be hashed again.
bool is_hash_like(std::string_view text) noexcept;

}  // namespace roster::cli
