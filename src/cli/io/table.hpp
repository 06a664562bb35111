#pragma once

// Rows as aligned columns for people. Whatever a cell holds, no control character of it is shown.
// Knows no record in particular and no stream.

#include <cstddef>
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

/// Rows by the page: memory does not grow with their number. A page is as wide as the widest cell
/// so far, so that a table of one page is aligned throughout.
class Table {
  public:
    static constexpr std::size_t kRowsPerPage = 1000;

    explicit Table(std::vector<Column> columns);

    /// Appends to `out` what has become whole. Requires: a cell for each column.
    void add(Row row, std::string& out);

    /// Appends the rest to `out`; a table without rows is its names.
    void end(std::string& out);

  private:
    void append_page(std::string& out);
    void append_row(const Row& row, std::string& out) const;

    std::vector<Column> columns_;
    std::vector<std::size_t> widths_;
    std::vector<Row> page_;
};

/// Text from outside, whole, on one line and without control characters.
std::string shown(std::string_view text);

}  // namespace roster::cli
