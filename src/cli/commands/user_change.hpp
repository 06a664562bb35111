#pragma once

// What the commands that change one user have in common.

#include <roster/user.hpp>

#include "cli/io/listing.hpp"

#include <string>

namespace roster::cli {

/// Prints the sentence; in JSON, the user as he is now and whether he was changed.
void print_change(Format format, const User& user, bool changed, const std::string& sentence);

}  // namespace roster::cli
