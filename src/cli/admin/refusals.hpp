#pragma once

// How a command ends that was refused: what is wrong, and what to do. Knows no store.

#include <roster/error.hpp>

#include <cstddef>
#include <string>

namespace roster::cli {

/// Throws: `Refused`.
[[noreturn]] void refuse(const std::string& subject, const boost::system::error_code& why);

/// Throws: `Refused`. Units: code points.
[[noreturn]] void refuse_short_password(const std::string& subject, std::size_t least);

}  // namespace roster::cli
