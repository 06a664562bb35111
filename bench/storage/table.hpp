#pragma once

// A table of measurements with their targets.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace roster::bench {

/// What a row promises, for columns with at least so many users.
struct Target {
    enum class Kind { none, at_least, at_most };

    Kind kind = Kind::none;
    double limit = 0;
    std::uint64_t from_users = 0;
};

struct Column {
    std::string name;
    std::uint64_t users = 0;
};

struct Row {
    std::string name;
    int decimals = 0;
    std::string unit;
    Target target;
    /// One for each size; nothing where it was not measured.
    std::vector<std::optional<double>> values;
};

/// Whether a row keeps its promise; nothing where it makes none or was not measured.
std::optional<bool> is_reached(const std::vector<Column>& columns, const Row& row);

std::string format_table(const std::vector<Column>& columns, const std::vector<Row>& rows);

}  // namespace roster::bench
