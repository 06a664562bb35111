#pragma once

// Options that were not given on the command line: from the environment, then from a file.
// CLI11 can read both, but would let the file win over the environment, and its messages do not
// say where a bad value came from.

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace roster::cli {

/// The value of a variable; nothing where it is not set, or empty.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;

/// The environment of this process.
std::optional<std::string> process_environment(const std::string& name);

/// "max-body-bytes" -> "ROSTER_MAX_BODY_BYTES".
std::string environment_name(std::string_view option);

/// The long name of an option that a variable can set; empty for positional ones and `--help`.
std::string settable_name(const CLI::Option& option);

/// Gives the options of a parsed sub-command that have no value yet the one of their variable, or
/// else of the file that `--config` names. There, a key stands at top level or, with more weight,
/// in a section that is named like the sub-command: `[serve]`, `[user.add]`.
///
/// Throws: `UsageError` for a bad value (it names the variable, or the file and the key), for a
/// key that no sub-command has, and for a file that cannot be read.
void complete_options(const CLI::App& program, CLI::App& command, const Environment& environment);

}  // namespace roster::cli
