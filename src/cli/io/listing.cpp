#include "cli/io/listing.hpp"

#include "cli/io/exit_code.hpp"
#include "core/text.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace roster::cli {
namespace {

constexpr std::size_t kWriteBytes = std::size_t{64} * 1024;
constexpr char32_t kDelete = 0x7F;
constexpr std::string_view kGap = "  ";

std::size_t width_of(const std::string& cell) {
    return count_code_points(cell).value_or(cell.size());
}

}  // namespace

std::string escape_for_terminal(std::string_view text) {
    // Half of what there is, so that nothing overflows where escapes are longer than bytes.
    return printable(text, std::numeric_limits<std::size_t>::max() / 2);
}

std::string escape_bidi(std::string_view json) {
    std::string out;
    out.reserve(json.size());
    while (!json.empty()) {
        std::size_t length = 1;
        while (length < json.size() && (static_cast<unsigned char>(json[length]) & 0xC0U) == 0x80)
            ++length;
        const std::string_view character = json.substr(0, length);
        const char32_t code = code_point_of(character);
        // What is below is JSON syntax, or is escaped already.
        if (code >= kDelete && is_deceptive(code))
            append_json_escape(code, out);
        else
            out += character;
        json.remove_prefix(length);
    }
    return out;
}

void print(std::ostream& out, std::string_view text) {
    out.write(text.data(), static_cast<std::streamsize>(text.size())).flush();
    if (!out) throw Refused(ExitCode::failed, "standard output cannot be written");
}

Listing::Listing(std::ostream& out, Format format, std::string_view name,
                 std::vector<Column> columns)
    : out_(out), format_(format), columns_(std::move(columns)), widths_(columns_.size()) {
    Row names;
    for (const Column& column : columns_)
        names.push_back(column.name);
    page_.push_back(std::move(names));
    if (format_ == Format::json) text_ = "{\"" + std::string(name) + "\":[";
}

void Listing::add_row(Row row) {
    for (std::string& cell : row)
        cell = escape_for_terminal(cell);
    page_.push_back(std::move(row));
    if (page_.size() > kRowsPerPage) append_page();
}

void Listing::add_object(std::string_view json) {
    if (format_ == Format::json) text_ += has_objects_ ? ",\n" : "\n";
    has_objects_ = true;
    text_ += escape_bidi(json);
    if (format_ == Format::ndjson) text_ += '\n';
    if (text_.size() >= kWriteBytes) write();
}

void Listing::end() {
    if (is_table()) append_page();
    if (format_ == Format::json) text_ += has_objects_ ? "\n]}\n" : "]}\n";
    write();
}

void Listing::append_page() {
    for (const Row& row : page_)
        for (std::size_t i = 0; i < widths_.size(); ++i)
            widths_[i] = std::max(widths_[i], width_of(row[i]));
    for (const Row& row : page_)
        append_row(row);
    page_.clear();
    write();
}

void Listing::append_row(const Row& row) {
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        const std::string padding(widths_[i] - width_of(row[i]), ' ');
        const bool is_right = columns_[i].align == Column::Align::right;
        const bool is_last = i + 1 == columns_.size();
        if (i > 0) text_ += kGap;
        if (is_right) text_ += padding;
        text_ += row[i];
        if (!is_right && !is_last) text_ += padding;
    }
    text_ += '\n';
}

void Listing::write() {
    print(out_, text_);
    text_.clear();
}

}  // namespace roster::cli
