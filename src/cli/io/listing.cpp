#include "cli/io/listing.hpp"

#include "cli/config/options.hpp"
#include "cli/io/escape.hpp"
#include "cli/io/exit_code.hpp"

#include <CLI/CLI.hpp>

#include <array>
#include <utility>

namespace roster::cli {
namespace {

constexpr std::size_t kWriteBytes = std::size_t{64} * 1024;

constexpr std::array kFormats{
    std::pair("table", Format::table),
    std::pair("json", Format::json),
    std::pair("ndjson", Format::ndjson),
};

}  // namespace

void add_format(CLI::App& app, Format& target) {
    const auto take = [&target](const std::string& value) {
        for (const auto& [name, format] : kFormats)
            if (value == name) target = format;
    };
    app.add_option_function<std::string>("--format", take, "How to print")
        ->check(CLI::IsMember({"table", "json", "ndjson"}))
        ->type_name("table|json|ndjson")
        ->default_str("table");
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
