#include "cli/user_filter.hpp"

#include "cli/options.hpp"

#include <CLI/CLI.hpp>

namespace roster::cli {

bool UserFilter::matches(const User& user) const {
    if (role && user.role != *role) return false;
    if (disabled && user.disabled != *disabled) return false;
    return query.empty() || fold_email(user.email).find(fold_email(query)) != std::string::npos;
}

void add_user_filter(CLI::App& app, UserFilter& target) {
    add_role(app, target.role, "Only administrators, or only users");
    const auto take = [&target](const std::string& value) { target.disabled = value == "yes"; };
    app.add_option_function<std::string>("--disabled", take, "Only disabled ones, or only others")
        ->check(CLI::IsMember({"yes", "no"}))
        ->type_name("yes|no");
    add_text(app, "--query", target.query, "TEXT", "Only those with this in their e-mail");
}

CLI::Option* add_role(CLI::App& app, std::optional<Role>& target, const std::string& text) {
    const auto take = [&target](const std::string& value) { target = parse_role(value); };
    return app.add_option_function<std::string>("--role", take, text)
        ->check(CLI::IsMember({"admin", "user"}))
        ->type_name("admin|user");
}

}  // namespace roster::cli
