#pragma once

// The formats of an import: NDJSON, CSV and htpasswd.

#include "import_export/imported_user.hpp"
#include "import_export/line_source.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

namespace roster::import_export {

enum class InputFormat : std::uint8_t { ndjson, csv, htpasswd };

/// nullopt for anything but "ndjson", "csv" and "htpasswd".
std::optional<InputFormat> parse_input_format(std::string_view name) noexcept;

/// By the first line that is not empty: an object, a header that names a column email, or `NAME:`.
/// nullopt otherwise.
std::optional<InputFormat> guess_input_format(std::string_view line) noexcept;

using TakeImported = std::function<void(Imported imported)>;

/// Reads lines of a format, or of the one that the first line looks like, and hands over users and
/// problems in their order. Nothing follows a problem that ends the reading.
/// Errors: of the source of the lines.
result<void> read_users(LineSource& lines, std::optional<InputFormat> format, bool ignores_unknown,
                        const TakeImported& take);

/// A header row that names the columns, then one user a record.
/// Source: RFC 4180; lines may also end with LF alone.
result<void> read_csv_users(LineSource& lines, bool ignores_unknown, const TakeImported& take);

/// One JSON object.
Imported parse_ndjson_user(std::string_view line, std::size_t number, bool ignores_unknown);
/// As Apache's htpasswd writes it: `name:hash`.
Imported parse_htpasswd_user(std::string_view line, std::size_t number);

}  // namespace roster::import_export
