#pragma once

// Percent-escapes of URLs and forms. Source: RFC 3986 §2.1.

#include "core/wiping_allocator.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace roster::protocol::http {

using WipedText = std::vector<char, WipingAllocator<char>>;

/// Appends the text without its escapes. False: one is broken or NUL, or what was appended is not
/// UTF-8.
bool append_unescaped(std::string_view text, bool plus_is_space, WipedText& out);

/// As a value of a query: all but `[A-Za-z0-9-._~]` is escaped.
std::string escaped(std::string_view text);

/// The byte of an escape at the beginning of a text, or -1.
int escaped_byte(std::string_view text) noexcept;

}  // namespace roster::protocol::http
