#include "cli/config/options.hpp"

#include <roster/api_client.hpp>

#include "cli/config/settings.hpp"
#include "core/address.hpp"
#include "core/text.hpp"
#include "core/time.hpp"

#include <CLI/CLI.hpp>

#include <utility>
#include <variant>

namespace roster::cli {
namespace {

using std::chrono::milliseconds;

// More than any deadline needs.
constexpr milliseconds kLongest = std::chrono::hours(24);

constexpr const char* kLongDuration = "a time from 1s to 3650d like 30m, 12h or 7d";

std::string to_string(milliseconds duration) {
    if (duration.count() != 0 && duration % std::chrono::days(1) == milliseconds(0))
        return std::to_string(duration / std::chrono::days(1)) + "d";
    if (duration.count() % 1000 != 0) return std::to_string(duration.count()) + "ms";
    return std::to_string(duration.count() / 1000) + "s";
}

std::string not_this(const std::string& expected, const std::string& value) {
    return "must be " + expected + ", not '" + printable(value) + "'";
}

template <class Target>
CLI::Option* add_checked_number(CLI::App& app, const std::string& name, Target& target,
                                std::size_t least, std::size_t most, const std::string& text) {
    const auto check = [least, most](const std::string& value) {
        const auto number = parse_digits(value);
        if (number && *number >= least && *number <= most) return std::string();
        return not_this(
            "a whole number from " + std::to_string(least) + " to " + std::to_string(most), value);
    };
    const auto set = [&target](const std::string& value) { target = *parse_digits(value); };
    return app.add_option_function<std::string>(name, set, text)->check(check)->type_name("N");
}

template <class Duration, class Target>
CLI::Option* add_checked_duration(CLI::App& app, const std::string& name, Target& target,
                                  milliseconds least, milliseconds most, const char* expected,
                                  const std::string& text) {
    const auto check = [least, most, expected](const std::string& value) {
        const auto duration = parse_duration(value);
        if (duration && *duration >= least && *duration <= most) return std::string();
        return not_this(expected, value);
    };
    const auto set = [&target](const std::string& value) {
        target = std::chrono::duration_cast<Duration>(*parse_duration(value));
    };
    return app.add_option_function<std::string>(name, set, text)->check(check)->type_name("TIME");
}

}  // namespace

CLI::Option* add_number(CLI::App& app, const std::string& name, std::size_t& target,
                        std::size_t least, std::size_t most, const std::string& text) {
    return add_checked_number(app, name, target, least, most, text)
        ->default_str(std::to_string(target));
}

CLI::Option* add_number(CLI::App& app, const std::string& name, std::optional<std::size_t>& target,
                        std::size_t least, std::size_t most, const std::string& text) {
    return add_checked_number(app, name, target, least, most, text);
}

CLI::Option* add_duration(CLI::App& app, const std::string& name, milliseconds& target,
                          const std::string& text) {
    return add_checked_duration<milliseconds>(app, name, target, milliseconds(1), kLongest,
                                              "a time up to 24h like 250ms, 10s or 5m", text)
        ->default_str(to_string(target));
}

CLI::Option* add_long_duration(CLI::App& app, const std::string& name, std::chrono::seconds& target,
                               const std::string& text) {
    return add_checked_duration<std::chrono::seconds>(app, name, target, std::chrono::seconds(1),
                                                      kLongestDuration, kLongDuration, text)
        ->default_str(to_string(target));
}

CLI::Option* add_long_duration(CLI::App& app, const std::string& name,
                               std::optional<std::chrono::seconds>& target,
                               const std::string& text) {
    return add_checked_duration<std::chrono::seconds>(app, name, target, std::chrono::seconds(1),
                                                      kLongestDuration, kLongDuration, text);
}

CLI::Option* refuse_empty(CLI::Option* option) {
    return option->check([](const std::string& value) {
        return value.empty() ? std::string("must not be empty") : std::string();
    });
}

CLI::Option* add_text(CLI::App& app, const std::string& name, std::string& target,
                      const std::string& type, const std::string& text) {
    CLI::Option* option = refuse_empty(app.add_option(name, target, text)->type_name(type));
    if (!target.empty()) option->default_str(target);
    return option;
}

CLI::Option* add_list(CLI::App& app, const std::string& name, std::vector<std::string>& target,
                      const std::string& type, const std::string& text) {
    const auto set = [&target](const std::string& value) {
        target.clear();
        for (std::size_t begin = 0; begin <= value.size();) {
            const std::size_t end = std::min(value.find(',', begin), value.size());
            target.push_back(CLI::detail::trim_copy(value.substr(begin, end - begin)));
            begin = end + 1;
        }
    };
    return refuse_empty(app.add_option_function<std::string>(name, set, text)->type_name(type));
}

CLI::Option* add_address(CLI::App& app, const std::string& name, std::string& target,
                         const std::string& text) {
    const auto check = [](const std::string& value) {
        if (value == "off" || parse_host_port(value)) return std::string();
        return not_this("HOST:PORT, as in 127.0.0.1:9999 or [::1]:0, or off", value);
    };
    return add_text(app, name, target, "HOST:PORT|off", text)->check(check);
}

void add_store_password_file(CLI::App& app) {
    // Read again at each connection, where there are no options. No thread runs yet.
    const auto name_password_file = [](const std::string& file) {
        ::setenv("ROSTER_STORE_PASSWORD_FILE", file.c_str(), 1);
    };
    make_setting(refuse_empty(app.add_option_function<std::string>(
                                     "--store-password-file", name_password_file,
                                     "A file whose first line is the password of a database server")
                                  ->type_name("FILE")));
}

CLI::Option* add_store(CLI::App& app, std::string& target) {
    // Which kinds of store there are is for the stores to say.
    const auto check = [](const std::string& value) {
        if (value.find(':') != std::string::npos) return std::string();
        return not_this("a store's URL like json:users.json", value);
    };
    add_store_password_file(app);
    return make_setting(
        add_text(app, "--store", target, "URL",
                 "Where accounts are kept: json:PATH, sqlite:PATH, postgres://... or memory:")
            ->check(check));
}

CLI::Option* add_server_url(CLI::App& app, std::string& target, const std::string& text) {
    const auto check = [](const std::string& value) {
        const auto parsed = ApiEndpoint::parse(value);
        const auto* problem = std::get_if<std::string>(&parsed);
        return problem == nullptr ? std::string() : *problem;
    };
    return make_setting(add_text(app, "--server", target, "URL", text)->check(check));
}

void add_config(CLI::App& app) {
    make_setting(refuse_empty(
        app.add_option("--config", "Take settings that are not given otherwise from a TOML file")
            ->type_name("FILE")));
}

}  // namespace roster::cli
