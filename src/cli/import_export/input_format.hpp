#pragma once

// The formats that users come in, and which one a file is in.

#include "cli/import_export/imported_user.hpp"
#include "cli/import_export/line_source.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

namespace roster::cli {

enum class InputFormat : std::uint8_t { ndjson, csv, htpasswd };

/// "ndjson", "csv" or "htpasswd".
std::optional<InputFormat> parse_input_format(std::string_view name) noexcept;
std::string_view to_string(InputFormat format) noexcept;

/// By the first line that is not empty: an object, a header that names a column email, or
/// `NAME:`. Nothing where it is none of these.
std::optional<InputFormat> guess_input_format(std::string_view line) noexcept;

/// A reader of the format that was named, or else of the one that the first line looks like.
/// Lifetime: the lines outlive the reader.
std::unique_ptr<UserReader> make_user_reader(LineSource& lines, std::optional<InputFormat> format,
                                             bool ignores_unknown);

}  // namespace roster::cli
