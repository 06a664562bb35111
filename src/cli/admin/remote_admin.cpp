#include "cli/admin/remote_admin.hpp"

#include "accounts/accounts.hpp"
#include "cli/admin/ask.hpp"
#include "cli/admin/refusals.hpp"
#include "cli/admin/remote_import.hpp"
#include "cli/io/exit_code.hpp"
#include "cli/io/listing.hpp"
#include "cli/io/user_format.hpp"
#include "core/text.hpp"
#include "import_export/user_lines.hpp"
#include "storage/core/user_search.hpp"

#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <map>
#include <optional>
#include <span>
#include <utility>

namespace roster::cli {
namespace {

namespace asio = boost::asio;

// The server may have carried out what it did not answer.
bool is_answer_lost(const ApiError& error) noexcept {
    return error.error == Errc::connection_closed || error.error == Errc::timed_out ||
           error.error == Errc::malformed_answer;
}

// Lines of an export.
ApiSink to_users(const std::function<void(const User&)>& visit) {
    return [&visit](std::string_view line) -> result<void> {
        auto user = import_export::read_exported_user(line);
        if (!user) return Errc::malformed_answer;
        visit(*user);
        return {};
    };
}

ApiUserPatch patch_of(const accounts::AccountChange& change) {
    ApiUserPatch patch;
    patch.email = change.email;
    patch.role = change.role;
    patch.disabled = change.disabled;
    patch.username = change.profile.username;
    patch.name = change.profile.name;
    patch.locale = change.profile.locale;
    patch.groups = change.profile.groups;
    patch.metadata = change.metadata;
    return patch;
}

class RemoteAdmin final : public ServerAdmin {
  public:
    RemoteAdmin(ApiEndpoint endpoint, ServerAccess access)
        : server_(endpoint.url()),
          access_(std::move(access)),
          client_(context_.get_executor(), std::move(endpoint)) {
        client_.use_token(access_.token);
    }

    std::optional<User> find(UserId id) override {
        auto found = ask(client_.user(id));
        if (found) return std::move(*found);
        if (found.error().error == Errc::user_not_found) return std::nullopt;
        fail("user " + std::to_string(id), found.error());
    }

    std::optional<User> find_by_login(const std::string& login) override {
        auto found = ask(client_.find_user(login));
        if (found) return std::move(*found);
        // For administrators alone; others find themselves.
        constexpr unsigned kInvalid = 422;
        if (found.error().status != kInvalid || access_.token.empty()) fail(login, found.error());
        User own = value_of(ask(client_.own_user()), login);
        if (equals_ignoring_case(own.email, login) ||
            equals_ignoring_case(own.profile.username, login))
            return own;
        fail(login, own.role == Role::admin ? found.error() : ApiError(Errc::forbidden));
    }

    UserPage search(const UserQuery& query) override {
        return value_of(ask(client_.users(query)), "the users");
    }

    // Without their hashes, which leave no server.
    std::vector<User> list(UserId after, std::size_t limit) override {
        UserQuery query;
        query.limit = std::min(limit, UserQuery::kMaxLimit);
        storage::Position position;
        position.id = after;
        if (after != 0) query.cursor = storage::make_cursor(position, query);
        std::vector<User> users = search(query).users;
        // The page of an ordinary user has themselves, whatever the cursor.
        std::erase_if(users, [after](const User& user) { return user.id <= after; });
        return users;
    }

    std::vector<Session> sessions_of(const User& user) override {
        return value_of(ask(client_.sessions(user.id)), subject_of(user));
    }

    std::optional<std::map<UserId, std::vector<Session>>> all_sessions() override {
        constexpr std::size_t kPage = 500;
        std::map<UserId, std::vector<Session>> sessions;
        std::string cursor;
        do {
            auto answer = ask(client_.all_sessions(kPage, cursor));
            // For administrators alone; others have themselves.
            if (!answer && answer.error().error == Errc::user_not_found) return std::nullopt;
            ApiSessionPage page = value_of(std::move(answer), "the sessions");
            for (Session& session : page.items)
                sessions[session.user].push_back(std::move(session));
            cursor = page.next_cursor;
        } while (!cursor.empty());
        return sessions;
    }

    StoreStatus status() override {
        const ApiStatus given = value_of(ask(client_.status()), "the server");
        StoreStatus status;
        status.writable = given.status != "read-only";
        status.users = given.users.value_or(0);
        status.admins = given.administrators.value_or(0);
        status.sessions = given.sessions.value_or(0);
        return status;
    }

    bool is_own(const User& user) override {
        if (access_.token.empty()) return false;
        return value_of(ask(client_.own_user()), "the user").id == user.id;
    }

    User add(accounts::NewAccount account) override {
        NewApiUser user(account.email, std::move(account.password));
        user.role = account.role;
        user.profile = std::move(account.profile);
        user.disabled = account.disabled;
        user.metadata = std::move(account.metadata);
        return value_of(ask(client_.create_user(std::move(user))), account.email);
    }

    User change(const User& user, accounts::AccountChange change) override {
        return value_of(ask(client_.patch_user(user.id, patch_of(change))), subject_of(user));
    }

    User change_password(const User& user, accounts::PasswordChange change) override {
        ApiPasswordChange replacement(std::move(change.new_password));
        replacement.current_password = std::move(change.current_password);
        replacement.keep_other_sessions = change.keep_other_sessions;
        const auto changed = ask(client_.set_password(user.id, std::move(replacement)));
        if (!changed) fail(subject_of(user), changed.error());
        return value_of(ask(client_.user(user.id)), subject_of(user));
    }

    User remove(const User& user) override {
        const auto removed = ask(client_.delete_user(user.id));
        if (!removed) fail(subject_of(user), removed.error());
        return user;
    }

    std::optional<SessionId> own_session() override {
        if (access_.token.empty()) return std::nullopt;
        return value_of(ask(client_.own_session()), "the session");
    }

    bool end_session(SessionId id) override {
        const auto ended = ask(client_.end_session(id));
        if (!ended && ended.error().error != Errc::session_not_found)
            fail("session " + std::to_string(id), ended.error());
        return ended.has_value();
    }

    std::size_t end_sessions(const User& user) override {
        return value_of(ask(client_.end_sessions(user.id)), subject_of(user));
    }

    void for_each_delay(const std::function<void(const ApiDelay&)>& visit) override {
        constexpr std::size_t kPage = 500;
        std::string cursor;
        do {
            const auto page = value_of(ask(client_.limits(kPage, cursor)), "the limits");
            for (const ApiDelay& delay : page.items)
                visit(delay);
            cursor = page.next_cursor;
        } while (!cursor.empty());
    }

    bool forgive(const std::string& key) override {
        return value_of(ask(client_.forgive(key)), key);
    }

    ApiToken create_token(const std::string& label,
                          std::optional<std::chrono::seconds> lifetime) override {
        return value_of(ask(client_.create_token(label, lifetime)), "the token");
    }

    ApiPasswordLink create_password_link(const User& user, ApiLinkPurpose purpose,
                                         std::optional<std::chrono::seconds> lifetime) override {
        return value_of(ask(client_.create_password_link(user.id, purpose, lifetime)),
                        subject_of(user));
    }

    void export_users(bool with_hashes, const std::function<void(const User&)>& visit) override {
        const auto exported = ask(client_.export_users(with_hashes, to_users(visit)));
        if (exported) return;
        // Not even an administrator is told hashes.
        if (with_hashes && exported.error().problem == ProblemCode::forbidden)
            throw Refused(ExitCode::failed,
                          escape_for_terminal(server_ + ": " + exported.error().detail));
        fail("the users", exported.error());
    }

    ExistingUsers& existing_users() override {
        known_ = KnownUsers();
        export_users(false, [this](const User& user) { known_.add(user); });
        return known_;
    }

    ImportOutcome import(std::vector<CreateUser> users, const std::string&) override {
        ImportOutcome outcome;
        while (outcome.added < users.size() && !outcome.error) {
            const std::span<const CreateUser> all(users);
            UserLines lines(all.subspan(outcome.added));
            ApiImportedLine refused;
            const auto told = [&refused](const ApiImportedLine& line) {
                const bool is_refused = line.status == ApiImportedLine::Status::refused;
                if (is_refused && refused.line == 0) refused = line;
            };
            const auto summary = ask(client_.import_users(lines.source(), false, told));
            if (!summary) {
                const ApiError& error = summary.error();
                if (!error.problem && is_answer_lost(error)) outcome.unknown = lines.sent();
                outcome.error = error.error;
                outcome.why = refusal("the users", error).what();
            } else if (summary->refused > 0) {
                outcome.error = refused.code;
                outcome.why = escape_for_terminal(refused.detail);
            } else {
                outcome.added += lines.sent();
            }
        }
        return outcome;
    }

    std::vector<ServerSetting> config() override {
        return value_of(ask(client_.config()), "the settings");
    }

    AuditPage audit(const AuditQuery& query) override {
        return value_of(ask(client_.audit(query)), "the audit log");
    }

    void back_up(const std::function<void(std::string_view)>& take) override {
        const auto save = [&take](std::string_view part) -> result<void> {
            take(part);
            return {};
        };
        const auto saved = ask(client_.back_up(save));
        if (!saved) fail("the backup", saved.error());
    }

  private:
    template <class T>
    ApiResult<T> ask(asio::awaitable<ApiResult<T>> call) {
        return cli::ask(context_, std::move(call));
    }

    template <class T>
    T value_of(ApiResult<T> answer, const std::string& subject) const {
        if (!answer) fail(subject, answer.error());
        return std::move(*answer);
    }

    [[noreturn]] void fail(const std::string& subject, const ApiError& error) const {
        throw refusal(subject, error);
    }

    Refused refusal(const std::string& subject, const ApiError& error) const {
        if (is_token_refused(error)) {
            const std::string why = error.error == Errc::unauthenticated
                                        ? "the server does not know the token"
                                        : error.error.message();
            return Refused(exit_code(error.error), server_ + ": " + why + "; " + access_.advice);
        }
        if (error.error == Errc::forbidden && access_.advice.empty())
            return Refused(exit_code(error.error),
                           escape_for_terminal(subject) +
                               ": belongs to a user, and the admin socket stands for none; use "
                               "--server http://HOST:PORT after 'roster login'");
        if (error.error == Errc::forbidden)
            return Refused(exit_code(error.error), escape_for_terminal(subject) +
                                                       ": only an administrator may do this; " +
                                                       access_.advice + " as one");
        return remote_refusal(server_, subject, error);
    }

    const std::string server_;
    const ServerAccess access_;
    KnownUsers known_;
    asio::io_context context_{1};
    ApiClient client_;
};

}  // namespace

std::unique_ptr<ServerAdmin> make_remote_admin(ApiEndpoint server, ServerAccess access) {
    return std::make_unique<RemoteAdmin>(std::move(server), std::move(access));
}

}  // namespace roster::cli
