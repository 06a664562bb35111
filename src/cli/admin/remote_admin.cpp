#include "cli/admin/remote_admin.hpp"

#include "accounts/accounts.hpp"
#include "cli/admin/refusals.hpp"
#include "cli/io/exit_code.hpp"
#include "cli/io/listing.hpp"
#include "cli/io/user_format.hpp"
#include "core/text.hpp"
#include "storage/core/user_search.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <exception>
#include <optional>
#include <utility>

#include <sys/stat.h>
#include <unistd.h>

namespace roster::cli {
namespace {

namespace asio = boost::asio;

template <class T>
asio::awaitable<void> keep_remote(asio::awaitable<ApiResult<T>> call,
                                  std::optional<ApiResult<T>>* answer) {
    *answer = co_await std::move(call);
}

template <class T>
ApiResult<T> ask(asio::io_context& context, asio::awaitable<ApiResult<T>> call) {
    std::optional<ApiResult<T>> answer;
    const auto rethrow = [](std::exception_ptr failure) {
        if (failure) std::rethrow_exception(failure);
    };
    asio::co_spawn(context, keep_remote(std::move(call), &answer), rethrow);
    context.restart();
    context.run();
    return std::move(*answer);
}

bool is_token_refused(const ApiError& error) noexcept {
    return error.error == Errc::unauthenticated || error.error == Errc::session_expired ||
           error.error == Errc::session_revoked;
}

// A message of the server would say no more than ours, but for what a client cannot know.
[[noreturn]] void refuse_remote(const std::string& server, const std::string& subject,
                                const ApiError& error) {
    if (error.error == Errc::password_too_short && error.fields.front().min)
        refuse_short_password(subject, *error.fields.front().min);
    if (error.error == Errc::invalid_request && !error.fields.empty()) {
        const ApiFieldError& field = error.fields.front();
        throw Refused(exit_code(error.error),
                      escape_for_terminal(subject + ": " + field.pointer + " " + field.detail));
    }
    const bool is_of_server = error.status == 0 || error.error == Errc::malformed_answer;
    refuse(is_of_server ? server : subject, error.error);
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

class RemoteAdmin final : public AdminApi {
  public:
    RemoteAdmin(ApiEndpoint endpoint, ServerAccess access)
        : server_(endpoint.url()),
          access_(std::move(access)),
          client_(context_.get_executor(), std::move(endpoint)) {
        client_.use_token(access_.token);
    }

    bool answers() { return ask(client_.status()).has_value(); }

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

    bool end_session(SessionId id) override {
        const auto ended = ask(client_.end_session(id));
        if (!ended && ended.error().error != Errc::session_not_found)
            fail("session " + std::to_string(id), ended.error());
        return ended.has_value();
    }

    std::size_t end_sessions(const User& user) override {
        return value_of(ask(client_.end_sessions(user.id)), subject_of(user));
    }

    result<void> import(std::vector<CreateUser>, const std::string&) override {
        return Errc::store_locked;
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
        if (is_token_refused(error)) {
            const std::string why = error.error == Errc::unauthenticated
                                        ? "the server does not know the token"
                                        : error.error.message();
            throw Refused(exit_code(error.error), server_ + ": " + why + "; " + access_.advice);
        }
        if (error.error == Errc::forbidden)
            throw Refused(exit_code(error.error), escape_for_terminal(subject) +
                                                      ": only an administrator may do this; " +
                                                      access_.advice + " as one");
        refuse_remote(server_, subject, error);
    }

    const std::string server_;
    const ServerAccess access_;
    asio::io_context context_{1};
    ApiClient client_;
};

// A stranger's socket, in a directory of many, must not be told passwords.
bool is_trusted(const std::string& socket) {
    struct stat found {};
    if (::lstat(socket.c_str(), &found) != 0 || !S_ISSOCK(found.st_mode)) return false;
    struct stat store {};
    const std::string store_path = socket.substr(0, socket.rfind(".sock"));
    const bool is_stores = ::stat(store_path.c_str(), &store) == 0 && store.st_uid == found.st_uid;
    return is_stores || found.st_uid == 0 || found.st_uid == ::geteuid();
}

}  // namespace

std::unique_ptr<AdminApi> connect_admin_api(const std::string& socket) {
    constexpr std::size_t kMostBytes = 107;
    if (socket.empty() || socket.size() > kMostBytes || !is_trusted(socket)) return nullptr;
    auto remote = std::make_unique<RemoteAdmin>(ApiEndpoint::unix_socket(socket), ServerAccess());
    if (!remote->answers()) return nullptr;
    return remote;
}

std::unique_ptr<AdminApi> make_remote_admin(ApiEndpoint server, ServerAccess access) {
    return std::make_unique<RemoteAdmin>(std::move(server), std::move(access));
}

ApiLogIn log_in_to(const ApiEndpoint& server, const std::string& login, Secret password,
                   const std::string& label) {
    asio::io_context context{1};
    ApiClient client(context.get_executor(), server);
    auto answer = ask(context, client.log_in(login, std::move(password), label));
    if (!answer) refuse_remote(server.url(), login, answer.error());
    return std::move(*answer);
}

bool log_out_of(const ApiEndpoint& server, Secret token) {
    asio::io_context context{1};
    ApiClient client(context.get_executor(), server);
    client.use_token(std::move(token));
    const auto answer = ask(context, client.log_out());
    if (answer) return true;
    if (is_token_refused(answer.error()) || answer.error().error == Errc::session_not_found)
        return false;
    refuse_remote(server.url(), "the session", answer.error());
}

}  // namespace roster::cli
