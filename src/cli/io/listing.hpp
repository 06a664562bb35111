#pragma once

// What a command prints about many records, as a table, one JSON object or a line of JSON each.
// Nothing is kept but the page of a table: a million records stream through.
// Knows no record in particular.

#include "cli/io/table.hpp"

#include <CLI/App.hpp>

#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace roster::cli {

enum class Format { table, json, ndjson };

/// `--format table|json|ndjson`.
void add_format(CLI::App& app, Format& target);

class Listing {
  public:
    /// In JSON the records are the array `name` of one object.
    Listing(std::ostream& out, Format format, std::string_view name, std::vector<Column> columns);

    bool is_table() const noexcept { return format_ == Format::table; }

    /// Requires: `is_table()`.
    void add_row(Row row);
    /// Requires: not `is_table()`.
    void add_object(std::string_view json);

    /// Writes what is left. Throws: `Refused` where the stream could not take it all.
    void end();

  private:
    void write();

    std::ostream& out_;
    const Format format_;
    Table table_;
    std::string text_;
    bool has_objects_ = false;
};

/// Writes it all at once. Throws: `Refused` where the stream could not take it.
void print(std::ostream& out, std::string_view text);

}  // namespace roster::cli
