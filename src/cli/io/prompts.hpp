#pragma once

// What a command asks the person at the terminal, and how it is answered without one.
// Knows no account.

#include <roster/secret.hpp>

#include <CLI/App.hpp>

#include <string>

namespace roster::cli {

/// `--password-stdin`.
void add_password_stdin(CLI::App& app, bool& target);

/// A new password: the first line of standard input, or typed twice on the terminal.
/// Throws: `UsageError` (the two differ, there is no terminal, no line), `Refused` (given up).
Secret new_password(const std::string& whose, bool from_stdin);

/// `--yes`.
void add_yes(CLI::App& app, bool& target);

/// Returns where the answer is yes, or was given by `--yes`.
/// Throws: `UsageError` where there is no terminal to ask on, `Refused` where it is not yes.
void confirm(const std::string& question, bool yes);

}  // namespace roster::cli
