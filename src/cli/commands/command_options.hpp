#pragma once

// Options that several sub-commands share. Each belongs to one call: none is a setting.
// Knows no store.

#include <roster/store_types.hpp>
#include <roster/user.hpp>
#include <roster/user_query.hpp>

#include "cli/io/listing.hpp"

#include <optional>
#include <string>
#include <utility>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace roster::cli {

class AdminView;

/// Where `roster serve` has its HTTP API without settings.
inline constexpr const char* kDefaultApi = "http://127.0.0.1:8080";

/// Which user: digits alone are an id, anything else is an e-mail or, without an @, a username. An
/// e-mail of digits alone needs `--by-email`, and so does one that is another user's username.
class UserArgument {
  public:
    UserArgument() = default;
    explicit UserArgument(std::string given, bool is_email = false)
        : text(std::move(given)), by_email(is_email) {}

    bool is_given() const noexcept { return !text.empty(); }

    /// Whether it is an id, perhaps one that no user can have.
    bool is_id() const noexcept;

    /// nullopt if it is no id, or a number too large for an id.
    std::optional<UserId> id() const noexcept;

    std::string text;
    bool by_email = false;
};

/// Throws: `Refused` with `not_found`.
User find_user(AdminView& view, const UserArgument& argument);

// Lifetime, of all: the target outlives the parsing of `app`.

/// A positional argument that is required.
void add_argument(CLI::App& app, const std::string& name, std::string& target,
                  const std::string& text);
/// `USER` and `--by-email`.
CLI::Option* add_user_argument(CLI::App& app, UserArgument& target);
/// `--by-email` alone, for a user who is named by an option.
void add_by_email(CLI::App& app, UserArgument& target);

/// `--role admin|user`.
CLI::Option* add_role(CLI::App& app, std::optional<Role>& target, const std::string& text);
/// `--metadata JSON`: the compact text of the object.
CLI::Option* add_metadata(CLI::App& app, std::optional<std::string>& target,
                          const std::string& text);
/// `--username`, `--name`, `--group`, `--locale`.
void add_profile(CLI::App& app, ProfileChange& target);
/// `--role`, `--group`, `--disabled`, `--search`, `--sort`.
void add_user_query(CLI::App& app, UserQuery& target);

/// `--format table|json|ndjson`.
void add_format(CLI::App& app, Format& target);
/// `--format` with the first choice as the default.
void add_format_of(CLI::App& app, std::string& target, const std::vector<std::string>& choices);
/// `--yes`.
void add_yes(CLI::App& app, bool& target);
/// `--password-stdin`.
void add_password_stdin(CLI::App& app, bool& target);

}  // namespace roster::cli
