#pragma once

// What the commands that look after accounts without a server share: the store, held for as long
// as the command runs, and the rules above it, which see the person at the machine.
// Knows no command in particular.

#include <roster/log.hpp>
#include <roster/store.hpp>

#include "accounts/accounts.hpp"
#include "cli/commands/password_options.hpp"
#include "cli/commands/user_argument.hpp"
#include "cli/config/audit_options.hpp"
#include "passwords/password_hasher.hpp"

#include <CLI/App.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace roster::cli {

class AdminOptions {
  public:
    std::string store = "json:users.json";
    PasswordOptions passwords;
    AuditSettings audit;
    /// What only looks leaves no line in the audit log, and opens none.
    bool is_audited = false;
};

/// `--store` and `--config`, for a command that only looks.
/// Lifetime, of all: `target` outlives the parsing.
void add_reading_options(CLI::App& app, AdminOptions& target);

/// The same and where the audit log is, for a command that changes something.
void add_changing_options(CLI::App& app, AdminOptions& target);

/// The same and what passwords must be like, for a command that sets one.
void add_password_setting_options(CLI::App& app, AdminOptions& target);

/// Threads: the one that opened it.
class AdminApi {
  public:
    /// `with_server`: how the same is done where a server holds the store; completes the sentence
    /// "if that is a server, …".
    /// Throws: `StartupError`.
    AdminApi(const AdminOptions& options, std::string_view with_server);

    accounts::Accounts& accounts() noexcept { return accounts_; }

    /// Throws: `Refused` with `not_found`, or `store` where it cannot be read.
    User find(const UserArgument& argument);

    /// Whoever has this e-mail; nobody has id 0. Throws: `Refused` where the store cannot be read.
    User find_email(const std::string& email);

    /// As `refuse`, and says what a password must be where that is what was wrong.
    [[noreturn]] void refuse_password(const std::string& subject,
                                      const boost::system::error_code& why) const;

  private:
    std::shared_ptr<Log> log_;
    std::unique_ptr<Store> store_;
    passwords::PasswordHasher hasher_;
    accounts::Accounts accounts_;
};

/// Who the rules see.
accounts::RequestContext local_operator();

/// Says what is wrong with `subject`, and what to do. Throws: `Refused`, always.
[[noreturn]] void refuse(const std::string& subject, const boost::system::error_code& why);

/// The value, or `refuse`.
template <class T>
T value_or_refuse(result<T> answer, const std::string& subject) {
    if (!answer) refuse(subject, answer.error());
    if constexpr (!std::is_void_v<T>) return std::move(*answer);
}

}  // namespace roster::cli
