#pragma once

// Answers of the classic protocol -> bytes (the server's side). Knows no clock: it is told the
// time.

#include "protocol/classic/messages.hpp"

#include <chrono>
#include <string>

namespace roster::protocol::classic {

/// Appends the whole answer to `out`. A header cannot break out of its line: control characters
/// become spaces, and one whose name is none, or is the encoder's own business, is left out.
void encode(const Response& response, std::chrono::sys_seconds now, std::string& out);

}  // namespace roster::protocol::classic
