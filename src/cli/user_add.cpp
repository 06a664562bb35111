#include "cli/user_add.hpp"

#include "accounts/accounts.hpp"
#include "accounts/password_hasher.hpp"
#include "accounts/wait_for.hpp"
#include "cli/open.hpp"
#include "cli/options.hpp"
#include "cli/password_options.hpp"
#include "cli/process.hpp"
#include "cli/terminal.hpp"
#include "vocabulary/text.hpp"

#include <CLI/CLI.hpp>

#include <unistd.h>

#include <iostream>
#include <string>
#include <utility>

namespace roster::cli {
namespace {

struct UserAddOptions {
    std::string store = "json:users.json";
    std::string role = "user";
    PasswordOptions passwords;
    bool password_stdin = false;
    std::string email;
};

Secret ask(std::string_view prompt) {
    auto password = ask_secret(prompt);
    if (password) return std::move(*password);
    const auto& why = password.error();
    if (why.category() == error_category()) throw StartupError(Errc::cancelled, why.message());
    throw UsageError("there is no terminal to ask for the password on; use --password-stdin");
}

Secret ask_twice(const std::string& email) {
    Secret password = ask("Password for " + printable(email) + ": ");
    const Secret again = ask("Once more: ");
    if (password.reveal() != again.reveal()) throw UsageError("the two passwords are not the same");
    return password;
}

Secret password_from_stdin() {
    auto password = read_secret_line(STDIN_FILENO);
    if (password) return std::move(*password);
    const auto& why = password.error();
    throw UsageError("--password-stdin: " +
                     (why == Errc::cancelled ? "standard input has no first line" : why.message()));
}

result<User> sign_up(Store& store, accounts::NewAccount account, const PasswordOptions& passwords) {
    accounts::PasswordHasher hasher(1, 1, hash_cost(passwords));
    accounts::AccountsOptions house;
    house.policies = password_policies(passwords);
    accounts::Accounts rules(store, hasher, std::move(house), nullptr);
    accounts::Caller at_the_machine(accounts::Principal::machine_operator());
    auto user = accounts::wait_for(rules.sign_up(std::move(at_the_machine), std::move(account)));
    return std::move(user.answer());
}

ExitCode user_add(const UserAddOptions& options) {
    const accounts::HashCost cost = hash_cost(options.passwords);
    forbid_core_dumps();
    // Before the password is asked for: who must stop a server first should not type it twice.
    const auto store = open_accounts_store(options.store, make_log("info"), cost);
    Secret password = options.password_stdin ? password_from_stdin() : ask_twice(options.email);
    accounts::NewAccount account(options.email, std::move(password), *parse_role(options.role));
    const auto user = sign_up(*store, std::move(account), options.passwords);
    if (!user) {
        std::cerr << "roster: " << printable(options.email) << ": " << user.error().message()
                  << std::endl;
        return exit_code(user.error());
    }
    std::cout << "added user " << user->id << " " << printable(user->email) << " ("
              << to_string(user->role) << ")" << std::endl;
    return ExitCode::ok;
}

}  // namespace

Command add_user_add(CLI::App& program) {
    CLI::App* user = program.add_subcommand("user", "Manage accounts without a server");
    user->footer("Example:\n  roster user add --role admin a@a.com");
    CLI::App* add = user->add_subcommand("add", "Add a user to a store that no server has open");
    const auto options = std::make_shared<UserAddOptions>();
    add->add_option("EMAIL", options->email, "The new user's e-mail address")
        ->required()
        ->type_name("");
    add_store(*add, options->store);
    add_text(*add, "--role", options->role, "ROLE", "What the new user may do")
        ->check(CLI::IsMember({"admin", "user"}));
    add->add_flag("--password-stdin", options->password_stdin,
                  "Take the password from the first line of standard input");
    declare_password_options(*add, options->passwords);
    add_config(*add);
    add->footer(
        "Without --password-stdin the password is asked for, twice, on the terminal.\n\n"
        "Examples:\n"
        "  roster user add --role admin a@a.com\n"
        "  pwgen -s 20 1 | tee admin.txt | roster user add --password-stdin --role admin "
        "a@a.com\n"
        "  roster user add --store json:/srv/roster/users.json b@b.com");
    return Command(*add, [options] { return user_add(*options); });
}

}  // namespace roster::cli
