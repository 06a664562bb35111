#include "cli/commands/command_options.hpp"

#include "cli/admin/admin_api.hpp"
#include "cli/config/options.hpp"
#include "cli/io/exit_code.hpp"
#include "core/json/raw_json.hpp"
#include "core/json/user_json.hpp"
#include "core/text.hpp"
#include "core/user_profile.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <variant>

namespace roster::cli {
namespace {

void set_text(UserQuery& target, const std::string& text) {
    UserQuery query;
    query.text = text;
    if (const auto problem = problem_of(query)) throw CLI::ValidationError("--search", *problem);
    target.text = text;
}

void set_order(UserQuery& target, const std::string& text) {
    const auto order = parse_user_order(text);
    if (const auto* problem = std::get_if<std::string>(&order))
        throw CLI::ValidationError("--sort", *problem);
    target.order = std::get<UserOrder>(order);
}

// What is wrong with a member's value, by the codec's rule; empty if nothing is.
std::string broken_rule(std::string_view member, const std::string& value) {
    const UserMemberRow& row = *find_user_member(member);
    ParsedUser user;
    return row.set(user, value) ? std::string() : std::string(row.rule);
}

void add_member(CLI::App& app, const std::string& member, const std::string& type,
                std::optional<std::string>& target, const std::string& text) {
    const auto set = [&target](const std::string& value) { target = value; };
    app.add_option_function<std::string>("--" + member, set, text)
        ->check([member](const std::string& value) { return broken_rule(member, value); })
        ->type_name(type);
}

}  // namespace

bool UserArgument::is_id() const noexcept {
    return !by_email && is_given() && std::all_of(text.begin(), text.end(), is_digit);
}

std::optional<UserId> UserArgument::id() const noexcept {
    if (!is_id()) return std::nullopt;
    return parse_digits(text);
}

User find_user(AdminView& view, const UserArgument& argument) {
    std::optional<User> user;
    if (!argument.is_id()) user = view.find_by_login(argument.text);
    if (argument.by_email && user && !equals_ignoring_case(user->email, argument.text))
        user.reset();
    else if (const auto id = argument.id())
        user = view.find(*id);
    if (user) return std::move(*user);
    const std::string text = escape_for_terminal(argument.text);
    const bool may_be_name = !argument.by_email && text.find('@') == std::string::npos;
    const std::string what =
        argument.is_id()
            ? "no user has the id " + text + "; if it is an e-mail, say so with --by-email"
            : std::string("no user has the e-mail ") + (may_be_name ? "or username '" : "'") +
                  text + "'";
    throw Refused(ExitCode::not_found, what + "; 'roster user list' shows all users");
}

void add_argument(CLI::App& app, const std::string& name, std::string& target,
                  const std::string& text) {
    refuse_empty(app.add_option(name, target, text)->required()->type_name(""));
}

CLI::Option* add_user_argument(CLI::App& app, UserArgument& target) {
    const auto not_empty = [](const std::string& value) {
        return value.empty() ? std::string("must be an e-mail address, a username or an id")
                             : std::string();
    };
    add_by_email(app, target);
    return app.add_option("USER", target.text, "The user's e-mail address, username or id")
        ->check(not_empty)
        ->type_name("");
}

void add_by_email(CLI::App& app, UserArgument& target) {
    app.add_flag("--by-email", target.by_email, "USER is an e-mail, even if it is all digits");
}

CLI::Option* add_role(CLI::App& app, std::optional<Role>& target, const std::string& text) {
    return add_words<Role>(app, "--role", target, {{"admin", Role::admin}, {"user", Role::user}},
                           text);
}

CLI::Option* add_metadata(CLI::App& app, std::optional<std::string>& target,
                          const std::string& text) {
    const auto check = [](const std::string& value) {
        const auto compact = compact_metadata(value);
        const auto* problem = std::get_if<Diagnostic>(&compact);
        return problem != nullptr ? to_string(*problem) : std::string();
    };
    const auto set = [&target](const std::string& value) {
        target = std::get<std::string>(compact_metadata(value));
    };
    return app.add_option_function<std::string>("--metadata", set, text)
        ->check(check)
        ->type_name("JSON");
}

void add_profile(CLI::App& app, ProfileChange& target) {
    add_member(app, "username", "NAME", target.username,
               "A second name to log in with; unique, like an e-mail");
    add_member(app, "name", "TEXT", target.name, "What people call the user");
    add_member(app, "locale", "TAG", target.locale, "The user's language, like de-CH");
    const auto set = [&target](const std::vector<std::string>& values) {
        const std::string joined = join_groups(values);
        if (const auto wrong = broken_rule("groups", joined); !wrong.empty())
            throw CLI::ValidationError("--group", wrong);
        target.groups = parse_groups(joined);
    };
    app.add_option_function<std::vector<std::string>>("--group", set,
                                                      "A group of the user; repeat it for several")
        ->allow_extra_args(false)
        ->type_name("NAME");
}

void add_user_query(CLI::App& app, UserQuery& target) {
    add_role(app, target.role, "Only administrators, or only ordinary users");
    add_words<bool>(app, "--disabled", target.disabled, {{"yes", true}, {"no", false}},
                    "Only disabled users, or only others");
    const auto group = [&target](const std::string& value) { target.group = value; };
    app.add_option_function<std::string>("--group", group, "Only users in this group")
        ->check([](const std::string& value) { return broken_rule("groups", value); })
        ->type_name("NAME");
    const auto text = [&target](const std::string& value) { set_text(target, value); };
    app.add_option_function<std::string>("--search,--query", text,
                                         "Only users with this in their e-mail")
        ->type_name("TEXT");
    const auto order = [&target](const std::string& value) { set_order(target, value); };
    app.add_option_function<std::string>(
           "--sort", order,
           "Sort by id, email, created_at or last_login_at; prefix with - for descending [id]")
        ->type_name("KEY[,KEY]");
}

void add_format(CLI::App& app, Format& target) {
    add_words<Format>(
        app, "--format", target,
        {{"table", Format::table}, {"json", Format::json}, {"ndjson", Format::ndjson}},
        "How to print")
        ->default_str("table");
}

void add_format_of(CLI::App& app, std::string& target, const std::vector<std::string>& choices) {
    target = choices.front();
    add_text(app, "--format", target, CLI::detail::join(choices, "|"), "How to print")
        ->check(CLI::IsMember(choices));
}

void add_yes(CLI::App& app, bool& target) {
    app.add_flag("--yes", target, "Do not ask");
}

void add_password_stdin(CLI::App& app, bool& target) {
    app.add_flag("--password-stdin", target,
                 "Take the password from the first line of standard input");
}

}  // namespace roster::cli
