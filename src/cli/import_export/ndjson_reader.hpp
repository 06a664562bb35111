#pragma once

// Users as NDJSON: one JSON object a line.

#include "cli/import_export/imported_user.hpp"
#include "cli/import_export/line_source.hpp"

#include <memory>

namespace roster::cli {

/// Lifetime: the lines outlive the reader.
std::unique_ptr<UserReader> make_ndjson_reader(LineSource& lines, bool ignores_unknown);

/// One line of it.
Imported parse_ndjson_user(std::string_view line, std::size_t number, bool ignores_unknown);

}  // namespace roster::cli
