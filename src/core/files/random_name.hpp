#pragma once

// File names that cannot be guessed, so that no other user can create them first.

#include <string>
#include <string_view>

namespace roster {

/// 16 hexadecimal digits.
std::string random_name();

bool is_random_name(std::string_view name) noexcept;

}  // namespace roster
