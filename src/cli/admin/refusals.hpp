#pragma once

// How a command ends that was refused: what is wrong, and what to do. Knows no store.

#include "cli/io/exit_code.hpp"

#include <cstddef>
#include <string>

namespace roster::cli {

Refused refusal_of(const std::string& subject, const boost::system::error_code& why);

/// Units: code points.
Refused short_password_refusal(const std::string& subject, std::size_t least);

}  // namespace roster::cli
