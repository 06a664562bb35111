#pragma once

// What is wrong with a text or a file, and where: one type for everything that reads or checks.
// Knows no format.

#include <cstddef>
#include <optional>
#include <string>
#include <utility>

namespace roster {

/// As much of a position as is known.
struct Location {
    /// Empty if the reader of the message knows which file it is.
    std::string file;
    /// From 1.
    std::optional<std::size_t> line;
    /// From 1, in characters.
    std::optional<std::size_t> column;
    /// From 0, in bytes.
    std::optional<std::size_t> offset;
};

struct Diagnostic {
    Diagnostic() = default;
    explicit Diagnostic(std::string what, Location where = Location())
        : text(std::move(what)), location(std::move(where)) {}

    /// For people: what is wrong, then what to do. Holds no secret.
    std::string text;
    Location location;
};

/// "FILE:LINE:COLUMN", "FILE: byte OFFSET", "line LINE, column COLUMN" without a file; "" if
/// nothing is known.
std::string to_string(const Location& location);

/// "FILE:LINE:COLUMN: text"; the text alone if nothing is known of the location.
std::string to_string(const Diagnostic& diagnostic);

}  // namespace roster
