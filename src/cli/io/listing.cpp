#include "cli/io/listing.hpp"

#include "cli/io/escape.hpp"
#include "cli/io/exit_code.hpp"
#include "core/text.hpp"

#include <algorithm>
#include <utility>

namespace roster::cli {
namespace {

constexpr std::size_t kWriteBytes = std::size_t{64} * 1024;

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
        cell = escape_for_terminal(cell);
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

Listing::Listing(std::ostream& out, Format format, std::string_view name,
                 std::vector<Column> columns)
    : out_(out), format_(format), table_(std::move(columns)) {
    if (format_ != Format::json) return;
    text_ += "{\"";
    text_ += name;
    text_ += "\":[";
}

void Listing::add_row(Row row) {
    table_.add(std::move(row), text_);
    if (text_.size() >= kWriteBytes) write();
}

void Listing::add_object(std::string_view json) {
    if (format_ == Format::json) text_ += has_objects_ ? ",\n" : "\n";
    has_objects_ = true;
    text_ += escape_bidi(json);
    if (format_ == Format::ndjson) text_ += '\n';
    if (text_.size() >= kWriteBytes) write();
}

void Listing::end() {
    if (is_table()) table_.end(text_);
    if (format_ == Format::json) text_ += has_objects_ ? "\n]}\n" : "]}\n";
    write();
}

void Listing::write() {
    print(out_, text_);
    text_.clear();
}

void print(std::ostream& out, std::string_view text) {
    out.write(text.data(), static_cast<std::streamsize>(text.size())).flush();
    if (!out) throw Refused(ExitCode::failed, "standard output cannot be written");
}

}  // namespace roster::cli
