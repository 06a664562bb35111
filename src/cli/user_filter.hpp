#pragma once

// Which users a list shows. Knows no store.

#include <roster/user.hpp>

#include <CLI/App.hpp>

#include <optional>
#include <string>

namespace roster::cli {

class UserFilter {
  public:
    bool matches(const User& user) const;

    std::optional<Role> role;
    std::optional<bool> disabled;
    /// A part of the e-mail, compared as `fold_email` does.
    std::string query;
};

/// `--role`, `--disabled`, `--query`.
void add_user_filter(CLI::App& app, UserFilter& target);

/// `--role admin|user`.
CLI::Option* add_role(CLI::App& app, std::optional<Role>& target, const std::string& text);

}  // namespace roster::cli
