#pragma once

// The log of the program, on standard error.

#include <roster/log.hpp>

#include <memory>
#include <string>

namespace roster::cli {

/// `level`: trace, debug, info, warn, error or off.
std::shared_ptr<Log> make_log(const std::string& level);

}  // namespace roster::cli
