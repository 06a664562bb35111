#include "cli/config/settings.hpp"

#include "cli/io/exit_code.hpp"
#include "core/files/file_system.hpp"
#include "core/text.hpp"

#include <CLI/CLI.hpp>

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <numeric>
#include <set>
#include <utility>
#include <vector>

namespace roster::cli {
namespace {

constexpr std::string_view kConfig = "config";
// The group under which the help shows settings; membership is what makes an option a setting.
constexpr const char* kSettings = "Settings";
constexpr std::string_view kHidden = "•••";

class FileSetting {
  public:
    std::string value;
    std::string source;
};

// By section ("" is the top level) and key.
using FileSettings = std::map<std::pair<std::string, std::string>, FileSetting>;

// A value as `--option value` would set it, with an error that names the source instead.
void set(CLI::Option& option, const std::string& value, const std::string& source) {
    const std::string name = setting_name(option);
    try {
        const bool is_flag = option.get_expected_min() == 0;
        option.add_result(is_flag ? option.get_flag_value(name, value) : value);
        option.run_callback();
    } catch (const CLI::ParseError& error) {
        const std::string text = error.what();
        const std::string prefix = option.get_name() + ": ";
        throw UsageError(source + ": " +
                         (text.starts_with(prefix) ? text.substr(prefix.size()) : text));
    }
}

// "user.add" for `roster user add`.
std::string path_of(const CLI::App& command) {
    const CLI::App* parent = command.get_parent();
    if (parent == nullptr) return {};
    const std::string path = path_of(*parent);
    return path.empty() ? command.get_name() : path + "." + command.get_name();
}

void add_leaves(const CLI::App& app, std::vector<const CLI::App*>& leaves) {
    const auto children = app.get_subcommands([](const CLI::App*) { return true; });
    for (const CLI::App* child : children)
        add_leaves(*child, leaves);
    if (children.empty()) leaves.push_back(&app);
}

// What is wrong with a key; empty if it is a setting. At top level a key may belong to any
// sub-command: one file serves them all.
std::string problem_of_key(const CLI::App& program, const std::string& section,
                           const std::string& key) {
    std::vector<const CLI::App*> commands;
    add_leaves(program, commands);
    std::string problem = "unknown key";
    for (const CLI::App* command : commands) {
        if (!section.empty() && section != path_of(*command)) continue;
        const CLI::Option* option = command->get_option_no_throw("--" + key);
        if (option == nullptr || key == kConfig || key == "help") continue;
        if (setting_name(*option) == key) return "";
        if (setting_name(*option).empty())
            problem = "is not a setting; give it on the command line";
    }
    return problem;
}

// How many letters have to be put in, taken out or replaced. Source: Levenshtein.
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (const char letter : a) {
        std::size_t diagonal = row[0]++;
        for (std::size_t i = 0; i < b.size(); ++i) {
            const std::size_t replaced = diagonal + (letter == b[i] ? 0 : 1);
            diagonal = row[i + 1];
            row[i + 1] = std::min({row[i] + 1, row[i + 1] + 1, replaced});
        }
    }
    return row.back();
}

// Some editors begin every text with one.
void skip_byte_order_mark(std::istream& input) {
    for (const int byte : {0xEF, 0xBB, 0xBF})
        if (input.get() != byte) {
            input.clear();
            input.seekg(0);
            return;
        }
}

std::vector<CLI::ConfigItem> parse_file(const std::string& file) {
    std::ifstream input(file);
    // A directory opens, and reads as if it were empty.
    const bool is_directory = std::filesystem::is_directory(file);
    if (!input || is_directory)
        throw UsageError(printable(file) + ": cannot be read: " +
                         (is_directory ? "it is a directory" : last_error().message()));
    skip_byte_order_mark(input);
    try {
        return CLI::ConfigTOML().from_config(input);
    } catch (const CLI::Error& error) {
        throw UsageError(printable(file) + ": " + error.what());
    }
}

std::string one_value(const CLI::ConfigItem& item, const std::string& source) {
    if (item.inputs.size() != 1)
        throw UsageError(source +
                         ": must have one value; of a list, one text with commas: \"a,b\"");
    const std::string& value = item.inputs.front();
    // What CLI11 leaves in quotes it did not understand; better no value than half of one.
    if (value.starts_with('"') || value.starts_with('\''))
        throw UsageError(source + ": the quotes do not match (or there is a # between them)");
    return value;
}

FileSettings read_settings(const CLI::App& program, const std::string& file) {
    FileSettings settings;
    for (const CLI::ConfigItem& item : parse_file(file)) {
        const bool is_section_mark = item.name == "++" || item.name == "--";
        if (is_section_mark) continue;
        const std::string source = printable(file) + ": " + printable(item.fullname());
        const std::string section = CLI::detail::join(item.parents, ".");
        const std::string problem = problem_of_key(program, section, item.name);
        if (!problem.empty()) throw UsageError(source + ": " + problem);
        FileSetting setting;
        setting.value = one_value(item, source);
        setting.source = source;
        if (!settings.emplace(std::pair(section, item.name), std::move(setting)).second)
            throw UsageError(source + ": is set twice");
    }
    return settings;
}

std::vector<CLI::Option*> settings_of(CLI::App& command) {
    return command.get_options(
        [](const CLI::Option* option) { return !setting_name(*option).empty(); });
}

// Where the values of settings come from; of others it is the default.
using Sources = std::map<const CLI::Option*, const char*>;

// Of two settings that exclude each other, the one from the stronger source counts.
bool is_overruled(const CLI::Option& option, const Sources& sources, std::string_view source) {
    const auto& excluded = option.get_excludes();
    return std::any_of(excluded.begin(), excluded.end(), [&](const CLI::Option* other) {
        const auto found = sources.find(other);
        return found != sources.end() && found->second != source;
    });
}

void complete_from_file(const CLI::App& program, CLI::App& command, const std::string& file,
                        Sources& sources) {
    const FileSettings settings = read_settings(program, file);
    const std::string section = path_of(command);
    for (CLI::Option* option : settings_of(command)) {
        if (option->count() != 0 || is_overruled(*option, sources, "file")) continue;
        const std::string key = setting_name(*option);
        auto found = settings.find({section, key});
        if (found == settings.end()) found = settings.find({"", key});
        if (found == settings.end()) continue;
        set(*option, found->second.value, found->second.source);
        sources[option] = "file";
    }
}

std::vector<ServerSetting> describe(CLI::App& command, const Sources& sources) {
    std::vector<ServerSetting> settings;
    for (const CLI::Option* option : settings_of(command)) {
        ServerSetting& setting = settings.emplace_back();
        setting.name = setting_name(*option);
        const auto source = sources.find(option);
        setting.source = source == sources.end() ? "default" : source->second;
        const bool is_flag = option->get_expected_min() == 0;
        std::string value =
            option->count() != 0 ? option->results().back() : option->get_default_str();
        if (is_flag && value.empty()) value = "false";
        const bool is_secret =
            setting.name.ends_with("password") || setting.name.ends_with("secret");
        if (!value.empty()) setting.value = is_secret ? std::string(kHidden) : masked_url(value);
    }
    return settings;
}

}  // namespace

std::optional<std::string> process_environment(const std::string& name) {
    const char* value = std::getenv(name.c_str());
    if (value == nullptr) return std::nullopt;
    return value;
}

std::vector<std::string> process_variables() {
    std::vector<std::string> names;
    for (char** variable = environ; *variable != nullptr; ++variable) {
        const std::string_view text(*variable);
        names.emplace_back(text.substr(0, text.find('=')));
    }
    return names;
}

std::string meant_by(const std::string& name, const std::set<std::string>& known) {
    constexpr std::size_t kMostSlips = 2;
    // A name that was not written to its end.
    const auto longer = known.lower_bound(name);
    if (longer != known.end() && longer->starts_with(name)) return *longer;
    const auto nearest = std::min_element(known.begin(), known.end(), [&](auto& a, auto& b) {
        return distance(name, a) < distance(name, b);
    });
    const bool is_near = nearest != known.end() && distance(name, *nearest) <= kMostSlips;
    return is_near ? *nearest : std::string();
}

std::vector<std::string> misspelt_variables(const CLI::App& program,
                                            const std::vector<std::string>& names) {
    std::vector<const CLI::App*> commands;
    add_leaves(program, commands);
    std::set<std::string> known;
    for (const CLI::App* command : commands)
        for (const CLI::Option* option : command->get_options())
            if (const std::string name = setting_name(*option); !name.empty())
                known.insert(environment_name(name));
    std::vector<std::string> warnings;
    for (const std::string& name : names) {
        if (!name.starts_with("ROSTER_") || known.contains(name)) continue;
        const std::string meant = meant_by(name, known);
        if (!meant.empty())
            warnings.push_back("the variable " + printable(name) + " is not known; is " + meant +
                               " meant?");
    }
    return warnings;
}

std::string environment_name(std::string_view option) {
    std::string name = "ROSTER_";
    for (const char c : option)
        name += c == '-' ? '_' : (c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c);
    return name;
}

CLI::Option* make_setting(CLI::Option* option) {
    return option->group(kSettings);
}

void make_all_settings(CLI::App& app) {
    for (CLI::Option* option : app.get_options())
        if (option != app.get_help_ptr()) make_setting(option);
}

std::string setting_name(const CLI::Option& option) {
    if (option.get_group() != kSettings || option.get_lnames().empty()) return {};
    return option.get_lnames().front();
}

std::vector<ServerSetting> complete_options(const CLI::App& program, CLI::App& command,
                                            const Environment& environment) {
    Sources sources;
    for (const CLI::Option* option : settings_of(command))
        if (option->count() != 0) sources[option] = "flag";
    for (CLI::Option* option : settings_of(command)) {
        if (option->count() != 0 || is_overruled(*option, sources, "environment")) continue;
        const std::string variable = environment_name(setting_name(*option));
        const auto value = environment(variable);
        if (!value) continue;
        if (value->empty()) throw UsageError(variable + ": is empty; unset it, or give it a value");
        set(*option, *value, variable);
        sources[option] = "environment";
    }
    const CLI::Option* config = command.get_option_no_throw("--" + std::string(kConfig));
    if (config != nullptr && config->count() != 0)
        complete_from_file(program, command, config->as<std::string>(), sources);
    return describe(command, sources);
}

}  // namespace roster::cli
