#pragma once

// What commands print: text from outside made safe for a terminal, and many records as an aligned
// table, one JSON object or NDJSON. Memory does not grow with the number of records.
// Knows no record.

#include <cstddef>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace roster::cli {

/// Whole, on one line and without control characters, bytes that are not UTF-8 as `\xHH`.
std::string escape_for_terminal(std::string_view text);

/// The same JSON with every character escaped that JSON allows in strings, but that deceives
/// terminals and readers, as `is_deceptive` says. Requires: UTF-8.
std::string escape_bidi(std::string_view json);

/// Writes and flushes. Throws: `Refused` if the stream failed.
void print(std::ostream& out, std::string_view text);

struct Column {
    enum class Align { left, right };

    explicit Column(std::string_view title, Align alignment = Align::left)
        : name(title), align(alignment) {}

    std::string name;
    Align align;
};

using Row = std::vector<std::string>;

enum class Format { table, json, ndjson };

/// A table is aligned page by page, as wide as the widest cell so far; without rows it is its
/// header.
class Listing {
  public:
    static constexpr std::size_t kRowsPerPage = 1000;

    /// In JSON the records are the array `name` of one object.
    Listing(std::ostream& out, Format format, std::string_view name, std::vector<Column> columns);

    bool is_table() const noexcept { return format_ == Format::table; }

    /// Requires: `is_table()`, and a cell for each column.
    void add_row(Row row);
    /// Requires: not `is_table()`.
    void add_object(std::string_view json);

    /// Writes what is left. Throws: `Refused` if the stream failed.
    void end();

  private:
    void append_page();
    void append_row(const Row& row);
    void write();

    std::ostream& out_;
    const Format format_;
    std::vector<Column> columns_;
    std::vector<std::size_t> widths_;
    // Rows that are not aligned yet; at first the header.
    std::vector<Row> page_;
    std::string text_;
    bool has_objects_ = false;
};

}  // namespace roster::cli
