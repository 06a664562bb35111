#pragma once

// How a command is told which user: by id or by e-mail.
// Knows no store: who that is, is another question.

#include <roster/user.hpp>

#include <CLI/App.hpp>

#include <optional>
#include <string>
#include <utility>

namespace roster::cli {

/// Digits alone are an id, anything else is an e-mail. The rare e-mail of digits alone needs
/// `--by-email`.
class UserArgument {
  public:
    UserArgument() = default;
    explicit UserArgument(std::string given, bool is_email = false)
        : text(std::move(given)), by_email(is_email) {}

    bool is_given() const noexcept { return !text.empty(); }

    /// Whether it names an id; it may be one that no user can have.
    bool is_id() const noexcept;

    /// Nothing where it is an e-mail, or a number too large for an id.
    std::optional<UserId> id() const noexcept;

    std::string text;
    bool by_email = false;
};

/// `USER` and `--by-email`.
CLI::Option* add_user_argument(CLI::App& app, UserArgument& target);

/// `--by-email` alone, where the user comes otherwise.
void add_by_email(CLI::App& app, UserArgument& target);

}  // namespace roster::cli
