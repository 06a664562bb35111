#pragma once

// Small changes to JSON that is text already. Knows no record.

#include <string>
#include <string_view>

namespace roster::cli {

/// Appends a member to an object that has one already. `value` is JSON. Requires: `object` ends
/// with its brace.
void append_member(std::string& object, std::string_view name, std::string_view value);

/// The same JSON with what JSON lets stand in strings, but terminals and readers are deceived by,
/// as `is_deceptive` says, escaped. Requires: UTF-8.
std::string escape_bidi(std::string_view json);

}  // namespace roster::cli
