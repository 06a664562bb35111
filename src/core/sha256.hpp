#pragma once

// SHA-256 by OpenSSL, which uses the processor's instructions for it; libsodium does not, and takes
// some ten times as long for a token.

#include <array>
#include <string_view>

namespace roster {

using Sha256 = std::array<unsigned char, 32>;

/// Threads: any.
Sha256 sha256(std::string_view bytes) noexcept;

}  // namespace roster
