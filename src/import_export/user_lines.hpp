#pragma once

// Users as lines that an import reads back: the other direction of the readers beside.

#include <roster/store_types.hpp>
#include <roster/user.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace roster::import_export {

struct ExportedParts {
    bool hashes = false;
    /// A cell that a spreadsheet would take for a formula gets an apostrophe in front. It is
    /// another text then: such a file is for eyes, not for an import.
    bool spreadsheet = false;
};

void append_ndjson_user(std::string& out, const User& user, ExportedParts parts);

/// A user to be added. An id and times that are not set are left out.
void append_ndjson_user(std::string& out, const CreateUser& user);

/// A line as `append_ndjson_user` writes it; other members are skipped. `nullopt` if it
/// is not such a line.
std::optional<User> read_exported_user(std::string_view line);

void append_csv_header(std::string& out, ExportedParts parts);
/// Returns how many cells a spreadsheet would take for formulas.
std::size_t append_csv_user(std::string& out, const User& user, ExportedParts parts);

/// With an apostrophe before all that a spreadsheet would take for a formula.
std::string without_formulas(std::string_view cell);

}  // namespace roster::import_export
