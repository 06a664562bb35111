#include "cli/io/table.hpp"

#include "core/text.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace roster::cli {
namespace {

constexpr std::string_view kGap = "  ";

std::size_t width_of(const std::string& cell) {
    return count_code_points(cell).value_or(cell.size());
}

}  // namespace

Table::Table(std::vector<Column> columns) : columns_(std::move(columns)), widths_(columns_.size()) {
    Row names;
    for (const Column& column : columns_)
        names.push_back(column.name);
    page_.push_back(std::move(names));
}

void Table::add(Row row, std::string& out) {
    for (std::string& cell : row)
        cell = shown(cell);
    page_.push_back(std::move(row));
    if (page_.size() > kRowsPerPage) append_page(out);
}

void Table::end(std::string& out) {
    append_page(out);
}

void Table::append_page(std::string& out) {
    for (const Row& row : page_)
        for (std::size_t i = 0; i < widths_.size(); ++i)
            widths_[i] = std::max(widths_[i], width_of(row[i]));
    for (const Row& row : page_)
        append_row(row, out);
    page_.clear();
}

void Table::append_row(const Row& row, std::string& out) const {
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        const std::string padding(widths_[i] - width_of(row[i]), ' ');
        const bool is_right = columns_[i].align == Column::Align::right;
        const bool is_last = i + 1 == columns_.size();
        if (i > 0) out += kGap;
        if (is_right) out += padding;
        out += row[i];
        if (!is_right && !is_last) out += padding;
    }
    out += '\n';
}

std::string shown(std::string_view text) {
    // Half of what there is, so that nothing overflows where escapes are longer than bytes.
    return printable(text, std::numeric_limits<std::size_t>::max() / 2);
}

}  // namespace roster::cli
