#pragma once

// Prints many records as an aligned table, one JSON object or NDJSON; memory does not grow with
// their number, and no control character is printed.
// Knows no record.

#include <cstddef>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace roster::cli {

class Column {
  public:
    enum class Align { left, right };

    explicit Column(std::string_view title, Align alignment = Align::left)
        : name(title), align(alignment) {}

    std::string name;
    Align align;
};

using Row = std::vector<std::string>;

/// Memory does not grow with the number of rows: they are aligned page by page, as wide as the
/// widest cell so far.
class Table {
  public:
    static constexpr std::size_t kRowsPerPage = 1000;

    explicit Table(std::vector<Column> columns);

    /// Appends a page to `out` when it is full. Requires: a cell for each column.
    void add(Row row, std::string& out);

    /// Appends the rest to `out`; a table without rows is its header.
    void end(std::string& out);

  private:
    void append_page(std::string& out);
    void append_row(const Row& row, std::string& out) const;

    std::vector<Column> columns_;
    std::vector<std::size_t> widths_;
    std::vector<Row> page_;
};

enum class Format { table, json, ndjson };

class Listing {
  public:
    /// In JSON the records are the array `name` of one object.
    Listing(std::ostream& out, Format format, std::string_view name, std::vector<Column> columns);

    bool is_table() const noexcept { return format_ == Format::table; }

    /// Requires: `is_table()`.
    void add_row(Row row);
    /// Requires: not `is_table()`.
    void add_object(std::string_view json);

    /// Writes what is left. Throws: `Refused` if the stream failed.
    void end();

  private:
    void write();

    std::ostream& out_;
    const Format format_;
    Table table_;
    std::string text_;
    bool has_objects_ = false;
};

/// Writes and flushes. Throws: `Refused` if the stream failed.
void print(std::ostream& out, std::string_view text);

}  // namespace roster::cli
