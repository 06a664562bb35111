#pragma once

// How a command ends that was refused, by a store or by a server: what is wrong, and what to do.
// Knows no command.

#include <roster/api_types.hpp>

#include "cli/io/exit_code.hpp"

#include <cstddef>
#include <string>

namespace roster::cli {

Refused refusal_of(const std::string& subject, const boost::system::error_code& why);

/// Units: code points.
Refused short_password_refusal(const std::string& subject, std::size_t least);

bool is_token_refused(const ApiError& error) noexcept;

/// `server`: its URL; `subject`: what was asked about.
Refused remote_refusal(const std::string& server, const std::string& subject,
                       const ApiError& error);

}  // namespace roster::cli
