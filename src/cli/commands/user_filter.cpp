#include "cli/commands/user_filter.hpp"

#include <CLI/CLI.hpp>

#include <variant>

namespace roster::cli {
namespace {

void take_text(UserQuery& target, const std::string& text) {
    UserQuery query;
    query.text = text;
    if (const auto problem = problem_of(query))
        throw CLI::ValidationError("--search", problem->text);
    target.text = text;
}

void take_order(UserQuery& target, const std::string& text) {
    const auto order = parse_user_order(text);
    if (const auto* problem = std::get_if<std::string>(&order))
        throw CLI::ValidationError("--sort", *problem);
    target.order = std::get<UserOrder>(order);
}

}  // namespace

void add_user_query(CLI::App& app, UserQuery& target) {
    add_role(app, target.role, "Only administrators, or only users");
    const auto disabled = [&target](const std::string& value) { target.disabled = value == "yes"; };
    app.add_option_function<std::string>("--disabled", disabled,
                                         "Only disabled ones, or only others")
        ->check(CLI::IsMember({"yes", "no"}))
        ->type_name("yes|no");
    const auto text = [&target](const std::string& value) { take_text(target, value); };
    app.add_option_function<std::string>(
           "--search,--query", text,
           "Only users with this text in their e-mail")
        ->type_name("TEXT");
    const auto order = [&target](const std::string& value) { take_order(target, value); };
    app.add_option_function<std::string>("--sort", order,
                                         "By id, email or created_at, - before what goes down [id]")
        ->type_name("KEY[,KEY]");
}

CLI::Option* add_role(CLI::App& app, std::optional<Role>& target, const std::string& text) {
    const auto take = [&target](const std::string& value) { target = parse_role(value); };
    return app.add_option_function<std::string>("--role", take, text)
        ->check(CLI::IsMember({"admin", "user"}))
        ->type_name("admin|user");
}

}  // namespace roster::cli
