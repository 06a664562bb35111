#pragma once

// Responses of the classic protocol -> bytes (the server's side).
// Knows no clock: it is told the time.

#include "protocol/classic/messages.hpp"

#include <chrono>
#include <string>

namespace roster::protocol::classic {

/// Appends the whole response to `out`. A header cannot break out of its line: control characters
/// become spaces. A header is left out if its name is not a token, or is one of those that the
/// encoder writes itself.
void encode(const ClassicResponse& response, std::chrono::sys_seconds now, std::string& out);

}  // namespace roster::protocol::classic
