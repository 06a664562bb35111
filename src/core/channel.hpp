#pragma once

// How a request reaches roster. Knows no socket and no protocol.

#include <cstdint>

namespace roster {

/// Each entry point has a password policy of its own.
enum class Channel : std::uint8_t {
    /// The documented protocol of the course.
    classic,
    /// The HTTP API.
    api,
    /// The command line, at the machine itself.
    local,
};

}  // namespace roster
