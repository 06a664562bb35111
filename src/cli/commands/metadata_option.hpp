#pragma once

// `--metadata JSON`. Knows no user.

#include <CLI/App.hpp>

#include <optional>
#include <string>

namespace roster::cli {

/// The compact text of the object; a value that no store takes is refused with what is wrong.
CLI::Option* add_metadata(CLI::App& app, std::optional<std::string>& target,
                          const std::string& text);

}  // namespace roster::cli
