#pragma once

// How the program ends, for scripts.

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
    /// What could be done was done, as was asked for; some was left out.
    partly = 6,
};

ExitCode exit_code(Errc error) noexcept;

/// For what the system says: `ExitCode::failed`.
ExitCode exit_code(const boost::system::error_code& error) noexcept;

/// The command line, a variable or the configuration file is not what it should be.
/// `what()` names the source of the value that is wrong.
class UsageError : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

/// What was asked for is not done. `what()` says why, and what to do instead.
class Refused : public std::runtime_error {
  public:
    Refused(ExitCode code, const std::string& text) : std::runtime_error(text), code_(code) {}

    ExitCode code() const noexcept { return code_; }

  private:
    ExitCode code_;
};

}  // namespace roster::cli
