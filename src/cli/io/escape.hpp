#pragma once

// Text from outside, made safe to print. Knows no record.

#include <string>
#include <string_view>

namespace roster::cli {

/// Whole, on one line and without control characters, bytes that are not UTF-8 as `\xHH`.
std::string escape_for_terminal(std::string_view text);

/// The same JSON with every character escaped that JSON allows in strings, but that deceives
/// terminals and readers, as `is_deceptive` says. Requires: UTF-8.
std::string escape_bidi(std::string_view json);

/// Appends a member to an object that has one already. `value` is JSON. Requires: `object` ends
/// with its brace.
void append_member(std::string& object, std::string_view name, std::string_view value);

}  // namespace roster::cli
