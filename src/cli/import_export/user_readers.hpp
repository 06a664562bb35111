#pragma once

// The formats of an import: NDJSON, CSV and htpasswd, each as a reader of users.

#include "cli/import_export/imported_user.hpp"
#include "cli/import_export/line_source.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

namespace roster::cli {

enum class InputFormat : std::uint8_t { ndjson, csv, htpasswd };

/// nullopt for anything but "ndjson", "csv" and "htpasswd".
std::optional<InputFormat> parse_input_format(std::string_view name) noexcept;

/// By the first line that is not empty: an object, a header that names a column email, or `NAME:`.
/// nullopt otherwise.
std::optional<InputFormat> guess_input_format(std::string_view line) noexcept;

/// A reader of the format, or of the one that the first line looks like.
/// Lifetime: the lines outlive the reader.
std::unique_ptr<UserReader> make_user_reader(LineSource& lines, std::optional<InputFormat> format,
                                             bool ignores_unknown);

// Lifetime, of all: the lines outlive the reader.

/// One JSON object a line.
std::unique_ptr<UserReader> make_ndjson_reader(LineSource& lines, bool ignores_unknown);
/// A header row that names the columns, then one user a record.
std::unique_ptr<UserReader> make_csv_reader(LineSource& lines, bool ignores_unknown);
/// As Apache's htpasswd writes it: `name:hash`.
std::unique_ptr<UserReader> make_htpasswd_reader(LineSource& lines);

/// One line of NDJSON.
Imported parse_ndjson_user(std::string_view line, std::size_t number, bool ignores_unknown);
/// One line of htpasswd.
Imported parse_htpasswd_user(std::string_view line, std::size_t number);

}  // namespace roster::cli
