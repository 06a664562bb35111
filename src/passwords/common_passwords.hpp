#pragma once

// Passwords that everybody knows, and whoever guesses tries first.

#include <string_view>

namespace roster::passwords {

/// One a line, in UTF-8, without capital letters.
std::string_view common_passwords() noexcept;

}  // namespace roster::passwords
