#include "bench/storage/table.hpp"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <cstddef>

namespace roster::bench {
namespace {

constexpr std::size_t kNameWidth = 50;
constexpr std::size_t kValueWidth = 11;
constexpr std::size_t kTargetWidth = 22;

// 12345.6 becomes "12 345.6".
std::string format_number(double value, int decimals) {
    std::string text = fmt::format("{:.{}f}", value, decimals);
    const std::size_t whole = std::min(text.find('.'), text.size());
    for (std::size_t i = whole; i > 3;)
        text.insert(i -= 3, 1, ' ');
    return text;
}

std::string format_users(std::uint64_t users) {
    return format_number(static_cast<double>(users), 0);
}

std::string format_target(const Row& row) {
    const Target& target = row.target;
    if (target.kind == Target::Kind::none) return "";
    std::string text = target.kind == Target::Kind::at_least ? ">= " : "<= ";
    text += fmt::format("{:g}{}", target.limit, row.unit);
    if (target.from_users > 0) text += " at " + format_users(target.from_users);
    return text;
}

std::string format_verdict(const std::vector<Column>& columns, const Row& row) {
    if (row.target.kind == Target::Kind::none) return "";
    const auto reached = is_reached(columns, row);
    if (!reached) return "not measured";
    return *reached ? "reached" : "NOT REACHED";
}

bool is_within(const Target& target, double value) {
    return target.kind == Target::Kind::at_least ? value >= target.limit : value <= target.limit;
}

}  // namespace

std::optional<bool> is_reached(const std::vector<Column>& columns, const Row& row) {
    std::optional<bool> reached;
    if (row.target.kind == Target::Kind::none) return reached;
    for (std::size_t i = 0; i < columns.size(); ++i)
        if (row.values[i] && columns[i].users >= row.target.from_users)
            reached = reached.value_or(true) && is_within(row.target, *row.values[i]);
    return reached;
}

std::string format_table(const std::vector<Column>& columns, const std::vector<Row>& rows) {
    std::string text = fmt::format("{:<{}}", "users", kNameWidth);
    for (const Column& column : columns)
        text += fmt::format("{:>{}}", format_users(column.users), kValueWidth);
    text += fmt::format("\n{:<{}}", "store", kNameWidth);
    for (const Column& column : columns)
        text += fmt::format("{:>{}}", column.name, kValueWidth);
    text += fmt::format("  {:<{}}verdict\n", "target", kTargetWidth);
    text.append(kNameWidth + columns.size() * kValueWidth + kTargetWidth + 13, '-');
    text += '\n';
    for (const Row& row : rows) {
        std::string line = fmt::format("{:<{}}", row.name, kNameWidth);
        for (const auto& value : row.values)
            line += fmt::format(
                "{:>{}}", value ? format_number(*value, row.decimals) + row.unit : "", kValueWidth);
        line += fmt::format("  {:<{}}", format_target(row), kTargetWidth);
        line += format_verdict(columns, row);
        line.erase(line.find_last_not_of(' ') + 1);
        text += line + '\n';
    }
    return text;
}

}  // namespace roster::bench
