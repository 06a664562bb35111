#pragma once

// Kinds of options that sub-commands share. Knows no sub-command.

#include <CLI/App.hpp>

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace roster::cli {

/// `target` holds the default, which the help shows.
CLI::Option* add_number(CLI::App& app, const std::string& name, std::size_t& target,
                        std::size_t least, std::size_t most, const std::string& text);
/// For a setting without a default.
CLI::Option* add_number(CLI::App& app, const std::string& name, std::optional<std::size_t>& target,
                        std::size_t least, std::size_t most, const std::string& text);
CLI::Option* add_duration(CLI::App& app, const std::string& name, std::chrono::milliseconds& target,
                          const std::string& text);
/// Up to ten years, in whole seconds.
CLI::Option* add_long_duration(CLI::App& app, const std::string& name, std::chrono::seconds& target,
                               const std::string& text);
/// For an option without a default.
CLI::Option* add_long_duration(CLI::App& app, const std::string& name,
                               std::optional<std::chrono::seconds>& target,
                               const std::string& text);
/// An empty value is refused, as of every option: it is what a script writes if a command in it
/// failed, and must not count as no value.
CLI::Option* add_text(CLI::App& app, const std::string& name, std::string& target,
                      const std::string& type, const std::string& text);

/// Several texts with commas between them.
CLI::Option* add_list(CLI::App& app, const std::string& name, std::vector<std::string>& target,
                      const std::string& type, const std::string& text);

/// Lets an option or an argument refuse an empty value. Returns the option.
CLI::Option* refuse_empty(CLI::Option* option);

/// One of some words, each of which means a value.
template <class Value, class Target>
CLI::Option* add_words(CLI::App& app, const std::string& name, Target& target,
                       std::vector<std::pair<std::string, Value>> words, const std::string& text) {
    std::vector<std::string> names;
    for (const auto& [word, value] : words)
        names.push_back(word);
    const auto set = [&target, words = std::move(words)](const std::string& given) {
        for (const auto& [word, value] : words)
            if (word == given) target = value;
    };
    return app.add_option_function<std::string>(name, set, text)
        ->check(CLI::IsMember(names))
        ->type_name(CLI::detail::join(names, "|"));
}

/// An address to listen on, or "off".
CLI::Option* add_address(CLI::App& app, const std::string& name, std::string& target,
                         const std::string& text);

/// `--store-password-file FILE`, for whatever stores the command opens.
void add_store_password_file(CLI::App& app);

/// `--store URL`, and the option above.
CLI::Option* add_store(CLI::App& app, std::string& target);

/// `--server URL`, of the HTTP API.
CLI::Option* add_server_url(CLI::App& app, std::string& target, const std::string& text);

/// `--config FILE`, which `complete_options` reads.
void add_config(CLI::App& app);

}  // namespace roster::cli
