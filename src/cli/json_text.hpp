#pragma once

// Small changes to JSON that is text already. Knows no record.

#include <string>
#include <string_view>

namespace roster::cli {

/// Appends a member to an object that has one already. `value` is JSON. Requires: `object` ends
/// with its brace.
void append_member(std::string& object, std::string_view name, std::string_view value);

/// The same JSON with DEL and the control characters U+0080–U+009F escaped: JSON lets them stand
/// in strings, but some terminals obey them.
std::string without_controls(std::string_view json);

}  // namespace roster::cli
