#include "cli/io/prompts.hpp"

#include "cli/io/exit_code.hpp"
#include "cli/io/terminal.hpp"
#include "core/text.hpp"

#include <CLI/CLI.hpp>

#include <unistd.h>

#include <utility>

namespace roster::cli {
namespace {

Secret ask(const std::string& prompt) {
    auto password = ask_secret(prompt);
    if (password) return std::move(*password);
    const auto& why = password.error();
    if (why.category() == error_category()) throw Refused(exit_code(why), why.message());
    throw UsageError("there is no terminal to ask for the password on; use --password-stdin");
}

Secret ask_twice(const std::string& whose) {
    Secret password = ask("Password for " + printable(whose) + ": ");
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

bool is_yes(const std::string& answer) {
    return equals_ignoring_case(answer, "y") || equals_ignoring_case(answer, "yes");
}

}  // namespace

void add_password_stdin(CLI::App& app, bool& target) {
    app.add_flag("--password-stdin", target,
                 "Take the password from the first line of standard input");
}

Secret new_password(const std::string& whose, bool from_stdin) {
    return from_stdin ? password_from_stdin() : ask_twice(whose);
}

void add_yes(CLI::App& app, bool& target) {
    app.add_flag("--yes", target, "Do not ask");
}

void confirm(const std::string& question, bool yes) {
    if (yes) return;
    const auto answer = ask_line(question + " [y/N] ");
    if (!answer && answer.error().category() != error_category())
        throw UsageError("there is no terminal to ask on; --yes does it without asking");
    if (!answer || !is_yes(*answer)) throw Refused(ExitCode::failed, "nothing was changed");
}

}  // namespace roster::cli
