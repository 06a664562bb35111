#include "cli/admin/admin_api.hpp"

#include "accounts/accounts.hpp"
#include "accounts/sessions.hpp"
#include "cli/admin/ask.hpp"
#include "cli/admin/edit_events.hpp"
#include "cli/admin/refusals.hpp"
#include "cli/admin/remote_admin.hpp"
#include "cli/admin/server_access.hpp"
#include "cli/io/exit_code.hpp"
#include "cli/io/process_limits.hpp"
#include "cli/io/replaced_file.hpp"
#include "cli/io/standard_error.hpp"
#include "cli/io/user_format.hpp"
#include "core/files/file_system.hpp"
#include "core/text.hpp"
#include "passwords/password_hasher.hpp"
#include "storage/core/backend.hpp"
#include "storage/core/store_files.hpp"
#include "storage/drivers.hpp"

#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <chrono>
#include <iostream>
#include <iterator>
#include <utility>

namespace roster::cli {
namespace {

namespace asio = boost::asio;

template <class Answer>
auto value_or_refuse(Answer answer, const std::string& subject) {
    if (!answer) throw refusal_of(subject, answer.error());
    return std::move(*answer);
}

std::optional<User> found_or_refuse(result<User> found, const std::string& subject) {
    if (found) return std::move(*found);
    if (found.error() != Errc::user_not_found) throw refusal_of(subject, found.error());
    return std::nullopt;
}

accounts::RequestContext local_operator() {
    return accounts::RequestContext(accounts::Principal::local_operator());
}

// A server ends sessions that were idle for longer than it is told; a command does not know that
// setting, and ends none of them.
accounts::AccountsOptions accounts_options(const AdminSettings& settings,
                                           std::shared_ptr<AuditLog> audit) {
    constexpr std::chrono::days kNoLimit{3650};
    accounts::AccountsOptions options;
    options.policies = password_policies(settings.passwords);
    options.audit = std::move(audit);
    options.sessions.idle = kNoLimit;
    options.sessions.lifetime = kNoLimit;
    return options;
}

// Over what the store holds at this moment.
class LocalView final : public AdminView {
  public:
    explicit LocalView(std::unique_ptr<storage::StoreView> view) : view_(std::move(view)) {}

    std::optional<User> find(UserId id) override {
        return found_or_refuse(view_->find(id), "user " + std::to_string(id));
    }

    std::optional<User> find_by_login(const std::string& login) override {
        return found_or_refuse(view_->find_by_login(login), login);
    }

    UserPage search(const UserQuery& query) override {
        return value_or_refuse(view_->search(query), "the users");
    }

    std::vector<User> list(UserId after, std::size_t limit) override {
        return value_or_refuse(view_->list(after, limit), "the users");
    }

    std::vector<Session> sessions_of(const User& user) override {
        auto sessions = value_or_refuse(view_->sessions_of(user.id), subject_of(user));
        const AuthState state(user);
        const auto now = std::chrono::system_clock::now();
        std::erase_if(sessions, [&](const Session& session) {
            return session.expires_at <= now ||
                   !accounts::is_valid_for(state, session.credentials_revision, session.created_at);
        });
        return sessions;
    }

    StoreStatus status() override { return view_->status(); }

  private:
    std::unique_ptr<storage::StoreView> view_;
};

class LocalAdmin final : public AdminApi {
  public:
    explicit LocalAdmin(const AdminSettings& settings)
        : log_(make_log("info")),
          store_(open_hashing_store(settings.store, hash_cost(settings.passwords), log_, edits_)),
          hasher_(1, 1, hash_cost(settings.passwords)),
          audit_(open_audit(settings.audit, settings.store, log_)),
          // The command itself says what was done: only warnings are left to be logged.
          accounts_(*store_, hasher_, accounts_options(settings, audit_), make_log("warn")) {
        edits_->write_to(audit_);
    }

    std::string url() const { return store_->url(); }

    std::optional<User> find(UserId id) override {
        return found_or_refuse(wait_for(store_->find(id)), "user " + std::to_string(id));
    }

    std::optional<User> find_by_login(const std::string& login) override {
        return found_or_refuse(wait_for(store_->find_by_login(login)), login);
    }

    UserPage search(const UserQuery& query) override {
        return value_or_refuse(wait_for(store_->search(query)), "the users");
    }

    std::vector<User> list(UserId after, std::size_t limit) override {
        return value_or_refuse(wait_for(store_->list(after, limit)), "the users");
    }

    std::vector<Session> sessions_of(const User& user) override {
        return value_or_refuse(wait_for(accounts_.sessions(local_operator().principal, user.id)),
                               subject_of(user));
    }

    StoreStatus status() override { return store_->status(); }

    User add(accounts::NewAccount account) override {
        const std::string email = account.email;
        auto added = wait_for(accounts_.sign_up(local_operator(), std::move(account)));
        return password_answer(std::move(added.answer()), email);
    }

    User change(const User& user, accounts::AccountChange change) override {
        auto changed = wait_for(accounts_.modify(local_operator(), user.id, std::move(change)));
        return value_or_refuse(std::move(changed.answer()), subject_of(user));
    }

    User change_password(const User& user, accounts::PasswordChange change) override {
        auto changed =
            wait_for(accounts_.change_password(local_operator(), user.id, std::move(change)));
        return password_answer(std::move(changed.answer()), subject_of(user));
    }

    User remove(const User& user) override {
        return value_or_refuse(wait_for(accounts_.erase(local_operator(), user.id, std::nullopt)),
                               subject_of(user));
    }

    bool end_session(SessionId id) override {
        const result<void> ended = wait_for(accounts_.end_session(local_operator(), id));
        if (!ended && ended.error() != Errc::session_not_found)
            throw refusal_of("session " + std::to_string(id), ended.error());
        return ended.has_value();
    }

    std::size_t end_sessions(const User& user) override {
        return value_or_refuse(wait_for(accounts_.end_sessions(local_operator(), user.id, false)),
                               subject_of(user));
    }

    void for_each_delay(const std::function<void(const ApiDelay&)>& visit) override {
        constexpr std::size_t kPage = 500;
        std::string after;
        do {
            const auto page = value_or_refuse(
                wait_for(accounts_.delays(local_operator().principal, after, kPage)), "the limits");
            for (const accounts::Delay& delay : page.items)
                visit({delay.key, delay.since, delay.until});
            after = page.next;
        } while (!after.empty());
    }

    bool forgive(const std::string& key) override {
        return value_or_refuse(wait_for(accounts_.forgive(local_operator(), key)), key);
    }

    ImportOutcome import(std::vector<CreateUser> users, const std::string& source) override {
        AuditEvent event;
        event.actor = "operator";
        event.action = "import";
        event.target = "file " + source;
        event.count = users.size();
        std::vector<Write> writes(std::make_move_iterator(users.begin()),
                                  std::make_move_iterator(users.end()));
        const auto stored = wait_for(store_->apply_all(std::move(writes)));
        event.outcome = stored ? "ok" : "refused";
        // One line for all of them; the store says who they are.
        audit_->record(std::move(event));
        ImportOutcome outcome;
        if (stored)
            outcome.added = stored->size();
        else
            outcome.error = stored.error();
        return outcome;
    }

  private:
    // One context for all calls: a new one for each takes longer than what is looked up.
    template <class Answer>
    Answer wait_for(asio::awaitable<Answer> operation) {
        return ask(context_, std::move(operation));
    }

    User password_answer(result<User> answer, const std::string& subject) {
        if (answer) return std::move(*answer);
        if (answer.error() != Errc::password_too_short) throw refusal_of(subject, answer.error());
        throw short_password_refusal(subject, accounts_.policy(Channel::local).min_characters());
    }

    asio::io_context context_{1};
    std::shared_ptr<Log> log_;
    std::shared_ptr<EditEvents> edits_ = std::make_shared<EditEvents>();
    std::unique_ptr<Store> store_;
    passwords::PasswordHasher hasher_;
    std::shared_ptr<AuditLog> audit_;
    accounts::Accounts accounts_;
};

}  // namespace

std::function<result<Secret>(const Secret&)> hash_with(passwords::HashCost cost,
                                                       std::function<bool()> is_stopping) {
    return [cost, is_stopping = std::move(is_stopping)](const Secret& password) -> result<Secret> {
        if (is_stopping && is_stopping()) return Errc::cancelled;
        return passwords::hash_password(password, cost);
    };
}

std::unique_ptr<Store> open_hashing_store(const std::string& url, passwords::HashCost cost,
                                          std::shared_ptr<Log> log,
                                          std::shared_ptr<EditEvents> edits,
                                          std::function<bool()> is_stopping) {
    OpenOptions options;
    options.is_for_server = is_stopping != nullptr;
    options.hash_password = hash_with(cost, std::move(is_stopping));
    options.log = std::move(log);
    if (edits)
        options.on_edit = [edits = std::move(edits)](const StoreEdit& edit) {
            edits->record(edit);
        };
    return open_store(url, std::move(options));
}

std::unique_ptr<AdminView> open_admin_view(const std::string& store) {
    OpenOptions options;
    options.log = make_log("info");
    return std::make_unique<LocalView>(storage::open_store_view(store, std::move(options)));
}

std::unique_ptr<AdminView> open_admin_view(const AdminSettings& settings) {
    if (!settings.server.empty()) return open_server_admin(settings.server);
    return open_admin_view(settings.store);
}

bool is_store_missing(const std::string& url) {
    const storage::StoreFiles store = storage::store_files(url);
    if (!store.main.empty()) return !storage::store_exists(*make_posix_file_system(), store);
    // A database, if it is no store in memory.
    if (storage::parse_store_url(url).driver->schema == nullptr) return false;
    return !storage::schema_of(url).front().applied_at;
}

bool belongs_to_store(const std::string& file, const std::string& url) {
    const storage::StoreFiles store = storage::store_files(url);
    if (store.main.empty()) return false;
    for (const std::string& path : store.paths())
        if (is_same_path(file, path)) return true;
    return false;
}

std::unique_ptr<AdminApi> open_admin_api(const AdminSettings& settings, IfMissing if_missing) {
    if (!settings.server.empty()) return open_server_admin(settings.server);
    // Somebody in the wrong directory would be told that nothing had to be done.
    const bool is_missing = if_missing != IfMissing::make && is_store_missing(settings.store);
    if (is_missing && if_missing == IfMissing::refuse)
        storage::throw_missing_store(masked_url(settings.store));
    try {
        constexpr std::size_t kMostThreads = 16;
        require_threads(kMostThreads);
        auto admin = std::make_unique<LocalAdmin>(settings);
        if (is_missing) std::cerr << "made the store " << admin->url() << ", which was not there\n";
        return admin;
    } catch (const StartupError& error) {
        if (error.code() != Errc::store_locked) throw;
        if (auto remote = connect_to_server_of(settings)) return remote;
        throw StartupError(error.code(),
                           std::string(error.what()) +
                               "; if that is a server, it does not answer on the admin socket " +
                               admin_socket_path(settings.admin_socket, settings.store) +
                               ": give --admin-socket as the server has it, or stop the server");
    }
}

void for_each_match(AdminView& view, UserQuery query, std::size_t limit,
                    const std::function<void(const User&)>& visit) {
    while (limit > 0) {
        query.limit = std::min(limit, UserQuery::kMaxLimit);
        const UserPage page = view.search(query);
        for (const User& user : page.users)
            visit(user);
        if (!page.next_cursor) return;
        limit -= page.users.size();
        query.cursor = page.next_cursor;
    }
}

void for_each_user(AdminView& view, const std::function<void(const User&)>& visit) {
    constexpr std::size_t kPage = 1000;
    UserId after = 0;
    for (auto page = view.list(after, kPage); !page.empty(); page = view.list(after, kPage)) {
        for (const User& user : page)
            visit(user);
        after = page.back().id;
    }
}

void AdminView::export_users(bool, const std::function<void(const User&)>& visit) {
    for_each_user(*this, visit);
}

void for_each_session_owner(
    AdminView& view,
    const std::function<void(const User& owner, const std::vector<Session>&)>& visit) {
    auto all = view.all_sessions();
    for_each_user(view, [&](const User& user) {
        std::vector<Session> sessions;
        if (!all)
            sessions = view.sessions_of(user);
        else if (auto node = all->extract(user.id))
            sessions = std::move(node.mapped());
        if (!sessions.empty()) visit(user, sessions);
    });
}

}  // namespace roster::cli
