#pragma once

// Users as Apache's htpasswd keeps them: `name:hash`.

#include "cli/import_export/imported_user.hpp"
#include "cli/import_export/line_source.hpp"

#include <memory>

namespace roster::cli {

/// Lifetime: the lines outlive the reader.
std::unique_ptr<UserReader> make_htpasswd_reader(LineSource& lines);

/// One line of it.
Imported parse_htpasswd_user(std::string_view line, std::size_t number);

}  // namespace roster::cli
