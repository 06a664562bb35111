#pragma once

// How the program ends, for scripts, and the exceptions that say so.

#include <roster/error.hpp>

#include <stdexcept>
#include <string>

namespace roster::cli {

enum class ExitCode : int {
    ok = 0,
    failed = 1,
    usage = 2,
    not_found = 3,
    conflict = 4,
    store = 5,
    /// Done in part, as was asked for; the rest was left out.
    partly = 6,
};

ExitCode exit_code(Errc error) noexcept;

/// `ExitCode::failed` for an error of the system.
ExitCode exit_code(const boost::system::error_code& error) noexcept;

/// A value on the command line, in a variable or in the configuration file is wrong.
/// `what()` names its source.
class UsageError : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

/// The command did nothing. `what()` says why, and what to do instead.
class Refused : public std::runtime_error {
  public:
    Refused(ExitCode code, const std::string& text) : std::runtime_error(text), code_(code) {}

    ExitCode code() const noexcept { return code_; }

  private:
    ExitCode code_;
};

}  // namespace roster::cli
