#pragma once

// A setting as a server shows it to administrators. Knows no option.

#include <optional>
#include <string>

namespace roster {

/// An option of the program that runs the server, for administrators to read.
struct ServerSetting {
    std::string name;
    /// `nullopt`: none was given, and there is no default. Without secrets.
    std::optional<std::string> value;
    /// "flag", "environment", "file" or "default".
    std::string source;
};

}  // namespace roster
