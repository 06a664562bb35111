#include "cli/admin/remote_admin.hpp"

#include "accounts/accounts.hpp"
#include "cli/admin/refusals.hpp"
#include "cli/io/user_format.hpp"
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

// A message of the server would say no more than ours, but for what a client cannot know.
[[noreturn]] void refuse_remote(const std::string& subject, const ApiError& error) {
    if (error.error == Errc::password_too_short && error.fields.front().min)
        refuse_short_password(subject, *error.fields.front().min);
    refuse(subject, error.error);
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
    explicit RemoteAdmin(ApiEndpoint endpoint)
        : client_(context_.get_executor(), std::move(endpoint)) {}

    bool answers() { return ask(client_.status()).has_value(); }

    std::optional<User> find(UserId id) override {
        auto found = ask(client_.user(id));
        if (found) return std::move(*found);
        if (found.error().error == Errc::user_not_found) return std::nullopt;
        refuse_remote("user " + std::to_string(id), found.error());
    }

    std::optional<User> find_by_login(const std::string& login) override {
        return value_of(ask(client_.find_user(login)), login);
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
        return search(query).users;
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
        replacement.keep_other_sessions = change.keep_other_sessions;
        const auto changed = ask(client_.set_password(user.id, std::move(replacement)));
        if (!changed) refuse_remote(subject_of(user), changed.error());
        return value_of(ask(client_.user(user.id)), subject_of(user));
    }

    User remove(const User& user) override {
        const auto removed = ask(client_.delete_user(user.id));
        if (!removed) refuse_remote(subject_of(user), removed.error());
        return user;
    }

    bool end_session(SessionId id) override {
        const auto ended = ask(client_.end_session(id));
        if (!ended && ended.error().error != Errc::session_not_found)
            refuse_remote("session " + std::to_string(id), ended.error());
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
        std::optional<ApiResult<T>> answer;
        const auto rethrow = [](std::exception_ptr failure) {
            if (failure) std::rethrow_exception(failure);
        };
        asio::co_spawn(context_, keep_remote(std::move(call), &answer), rethrow);
        context_.restart();
        context_.run();
        return std::move(*answer);
    }

    template <class T>
    static T value_of(ApiResult<T> answer, const std::string& subject) {
        if (!answer) refuse_remote(subject, answer.error());
        return std::move(*answer);
    }

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
    auto remote = std::make_unique<RemoteAdmin>(ApiEndpoint::unix_socket(socket));
    if (!remote->answers()) return nullptr;
    return remote;
}

}  // namespace roster::cli
