#pragma once

// Users as CSV: a header row that names the columns, then one user a record.

#include "cli/import_export/imported_user.hpp"
#include "cli/import_export/line_source.hpp"

#include <memory>

namespace roster::cli {

/// Lifetime: the lines outlive the reader.
std::unique_ptr<UserReader> make_csv_reader(LineSource& lines, bool ignores_unknown);

}  // namespace roster::cli
