#include "cli/commands/metadata_option.hpp"

#include "core/json/raw_json.hpp"

#include <CLI/CLI.hpp>

#include <utility>
#include <variant>

namespace roster::cli {

CLI::Option* add_metadata(CLI::App& app, std::optional<std::string>& target,
                          const std::string& text) {
    const auto check = [](const std::string& value) {
        const auto compact = compact_metadata(value);
        const auto* problem = std::get_if<Diagnostic>(&compact);
        return problem != nullptr ? to_string(*problem) : std::string();
    };
    const auto take = [&target](const std::string& value) {
        target = std::get<std::string>(compact_metadata(value));
    };
    return app.add_option_function<std::string>("--metadata", take, text)
        ->check(check)
        ->type_name("JSON");
}

}  // namespace roster::cli
