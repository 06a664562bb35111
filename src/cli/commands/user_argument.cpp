#include "cli/commands/user_argument.hpp"

#include "cli/config/options.hpp"
#include "core/text.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>

namespace roster::cli {

bool UserArgument::is_id() const noexcept {
    return !by_email && is_given() && std::all_of(text.begin(), text.end(), is_digit);
}

std::optional<UserId> UserArgument::id() const noexcept {
    if (!is_id()) return std::nullopt;
    return parse_number(text);
}

CLI::Option* add_user_argument(CLI::App& app, UserArgument& target) {
    const auto not_empty = [](const std::string& value) {
        return value.empty() ? std::string("must be an e-mail address or an id") : std::string();
    };
    add_by_email(app, target);
    return app.add_option("USER", target.text, "The user's e-mail address, or id")
        ->check(not_empty)
        ->type_name("");
}

void add_by_email(CLI::App& app, UserArgument& target) {
    app.add_flag("--by-email", target.by_email, "USER is an e-mail, even if it is all digits");
}

}  // namespace roster::cli
