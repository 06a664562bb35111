#pragma once

// Answers typed on the terminal, secrets without an echo, secrets that are piped in, and the
// questions that commands ask.
// Knows no command and no account.

#include <roster/error.hpp>
#include <roster/secret.hpp>

#include <string>
#include <string_view>

namespace roster::cli {

/// Asks on the terminal itself (/dev/tty), whatever standard input and output are, without showing
/// what is typed. The terminal is restored before a signal ends or stops the process.
///
/// Errors: `cancelled` (end of input, or a signal that the process survived), `password_too_long`
/// (no terminal line is), or what the system said (ENXIO: there is no terminal).
/// Threads: one at a time; it blocks.
result<Secret> ask_secret(std::string_view prompt);

/// The next line of a file descriptor, without its end (LF or CR LF), and not a byte further.
///
/// Errors: `cancelled` (end of input before the first byte), `password_too_long`, or what the
/// system said.
result<Secret> read_secret_line(int descriptor);

/// The first line of a file. Errors: as `read_secret_line`, or what the system said.
result<Secret> read_secret_file(const std::string& path);

inline constexpr const char* kEmptyInput = "standard input is empty";

/// A new password: the next line of standard input, or typed twice on the terminal.
/// Throws: `UsageError` (the two differ, there is no terminal, no line), `Refused` (cancelled).
Secret new_password(const std::string& subject, bool from_stdin,
                    const std::string& if_there_is_none = kEmptyInput);

/// A password that exists: the next line of standard input, or typed once on the terminal.
/// Throws: as `new_password`.
Secret known_password(const std::string& prompt, bool from_stdin);

/// Asks on the terminal itself, and shows what is typed. Returns if the answer is yes, or `yes` is
/// set.
/// Throws: `UsageError` if there is no terminal to ask on, `Refused` if the answer is not yes.
void confirm(const std::string& question, bool yes);

}  // namespace roster::cli
