#pragma once

// Options that say which users a list shows. Knows no store.

#include <roster/user_query.hpp>

#include <CLI/App.hpp>

#include <optional>
#include <string>

namespace roster::cli {

/// `--role`, `--disabled`, `--search`, `--sort`.
void add_user_query(CLI::App& app, UserQuery& target);

/// `--role admin|user`.
CLI::Option* add_role(CLI::App& app, std::optional<Role>& target, const std::string& text);

}  // namespace roster::cli
