#pragma once

// Settings: options that the environment or a file may give when the command line does not.
// Every other option (a role, a filter, --yes, --replace) belongs to one call and is read from the
// command line alone. CLI11 can read variables and files itself, but would let the file win over
// the environment, and its messages do not say where a bad value came from.

#include <roster/server.hpp>

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace roster::cli {

/// The value of a variable; nullopt if it is not set.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;

/// The environment of this process.
std::optional<std::string> process_environment(const std::string& name);

/// "max-body-bytes" -> "ROSTER_MAX_BODY_BYTES".
std::string environment_name(std::string_view option);

/// Declares an option with a long name to be a setting. Returns the option.
CLI::Option* make_setting(CLI::Option* option);

/// The same for every option that `app` has so far, except `--help`.
void make_all_settings(CLI::App& app);

/// The long name of a setting; empty for an option of one call.
std::string setting_name(const CLI::Option& option);

/// The one of the known names that was meant by one that is not known, or was not written to its
/// end; empty: none is near.
std::string meant_by(const std::string& name, const std::set<std::string>& known);

/// What to say of variables with names that are nearly those of settings. Others that begin with
/// ROSTER_ may be anybody's.
std::vector<std::string> misspelt_variables(const CLI::App& program,
                                            const std::vector<std::string>& names);

/// The names of all variables of this process.
std::vector<std::string> process_variables();

/// Gives each setting of a parsed sub-command that has no value yet the value of its variable, or
/// else of the file that `--config` names. In the file a key is at top level or, with priority, in
/// a section named after the sub-command: `[serve]`, `[user.add]`. A setting that excludes one with
/// a value from a stronger source gets none. Returns all settings with their values, passwords as
/// "•••".
///
/// Throws: `UsageError` for a bad value (it names the variable, or the file and the key), also if
/// the value is empty, for a key that is not a setting, and for a file that cannot be read.
std::vector<ServerSetting> complete_options(const CLI::App& program, CLI::App& command,
                                            const Environment& environment);

}  // namespace roster::cli
