#include "cli/admin/admin_api.hpp"

#include "accounts/wait_for.hpp"
#include "cli/commands/open.hpp"
#include "cli/config/options.hpp"
#include "cli/io/exit_code.hpp"
#include "cli/io/table.hpp"

#include <roster/log.hpp>

#include <chrono>
#include <utility>

namespace roster::cli {
namespace {

constexpr std::chrono::days kNoLimit{3650};

std::unique_ptr<Store> open_unserved_store(const AdminOptions& options,
                                           std::string_view with_server,
                                           const std::shared_ptr<Log>& log) {
    const passwords::HashCost cost = hash_cost(options.passwords);
    try {
        return open_accounts_store(options.store, log, cost);
    } catch (const StartupError& error) {
        if (error.code() != Errc::store_locked) throw;
        throw StartupError(error.code(), std::string(error.what()) + "; if that is a server, " +
                                             std::string(with_server));
    }
}

// The one place where what the command was told becomes rules.
accounts::AccountsOptions rules_of(const AdminOptions& options, const std::shared_ptr<Log>& log) {
    accounts::AccountsOptions rules;
    rules.policies = password_policies(options.passwords);
    if (options.is_audited) rules.audit = open_audit(options.audit, options.store, log);
    // How long a session may idle is told to the server, not to us: end none that it would keep.
    rules.sessions.idle = kNoLimit;
    rules.sessions.lifetime = kNoLimit;
    return rules;
}

// What the rules log of a success is said by the command itself.
std::shared_ptr<Log> warnings() {
    return make_log("warn");
}

std::string advice(Errc error) {
    switch (error) {
        case Errc::email_taken: return "; 'roster user show' shows whose it is";
        case Errc::last_admin:
            return "; make another one first, with 'roster user set USER --role admin'";
        case Errc::user_not_found: return "; 'roster user list' shows who there is";
        case Errc::session_not_found: return "; 'roster session list' shows those that are alive";
        case Errc::store_unavailable: return "; the log says why";
        default: return "";
    }
}

[[noreturn]] void refuse_unknown(const UserArgument& argument) {
    const std::string quoted = "'" + shown(argument.text) + "'";
    const std::string text = argument.is_id() ? "no user has the id " + shown(argument.text) +
                                                    "; if it is an e-mail, say so with --by-email"
                                              : "no user has the e-mail " + quoted;
    throw Refused(ExitCode::not_found, text + advice(Errc::user_not_found));
}

}  // namespace

void add_reading_options(CLI::App& app, AdminOptions& target) {
    add_store(app, target.store);
    add_config(app);
}

void add_changing_options(CLI::App& app, AdminOptions& target) {
    target.is_audited = true;
    add_audit(app, target.audit);
    add_audit_rotation(app, target.audit);
    add_reading_options(app, target);
}

void add_password_setting_options(CLI::App& app, AdminOptions& target) {
    declare_password_options(app, target.passwords);
    add_changing_options(app, target);
}

AdminApi::AdminApi(const AdminOptions& options, std::string_view with_server)
    : log_(make_log("info")),
      store_(open_unserved_store(options, with_server, log_)),
      hasher_(1, 1, hash_cost(options.passwords)),
      accounts_(*store_, hasher_, rules_of(options, log_), warnings()) {}

User AdminApi::find(const UserArgument& argument) {
    User user;
    if (!argument.is_id()) {
        user = find_email(argument.text);
    } else if (const auto id = argument.id()) {
        auto found = accounts::wait_for(accounts_.view(local_operator().principal, *id));
        if (!found && found.error() != Errc::user_not_found)
            refuse("user " + std::to_string(*id), found.error());
        if (found) user = std::move(*found);
    }
    if (user.id == 0) refuse_unknown(argument);
    return user;
}

User AdminApi::find_email(const std::string& email) {
    auto found = accounts::wait_for(store_->find_by_email(email));
    if (!found && found.error() != Errc::user_not_found) refuse(email, found.error());
    if (!found) return {};
    found->password_hash = Secret();
    return std::move(*found);
}

void AdminApi::refuse_password(const std::string& subject,
                               const boost::system::error_code& why) const {
    if (why != Errc::password_too_short) refuse(subject, why);
    const std::size_t least = accounts_.policy(Channel::local).min_characters();
    throw Refused(exit_code(why), shown(subject) + ": the password must have at least " +
                                      std::to_string(least) + " characters");
}

accounts::RequestContext local_operator() {
    return accounts::RequestContext(accounts::Principal::local_operator());
}

void refuse(const std::string& subject, const boost::system::error_code& why) {
    const bool is_ours = why.category() == error_category();
    const std::string what_to_do = is_ours ? advice(static_cast<Errc>(why.value())) : "";
    throw Refused(exit_code(why), shown(subject) + ": " + why.message() + what_to_do);
}

}  // namespace roster::cli
