#include "accounts/accounts.hpp"

#include "accounts/credentials.hpp"
#include "accounts/password_hasher.hpp"
#include "accounts/password_policy.hpp"
#include "accounts/uncancelled.hpp"
#include "vocabulary/text.hpp"

#include <spdlog/logger.h>

#include <algorithm>
#include <utility>

namespace roster::accounts {
namespace {

namespace asio = boost::asio;

result<User> without_hash(result<User> user) {
    if (user) user->password_hash = Secret();
    return user;
}

bool is_own_or_admin(const Principal& who, UserId id) noexcept {
    return who.is_admin() || (!who.is_anonymous() && who.id() == id);
}

result<void> check_password(const Secret& password) noexcept {
    return PasswordPolicy(kMinClassicPasswordCharacters).check(password, {});
}

result<void> check_valid(const AccountChange& change) noexcept {
    if (change.email) {
        const auto email = check_email(*change.email);
        if (!email) return email;
    }
    if (change.password) return check_password(*change.password);
    return {};
}

UpdateUser update_of(UserId id, const AccountChange& change, std::optional<Secret> password_hash) {
    UpdateUser update(id);
    update.email = change.email;
    update.password_hash = std::move(password_hash);
    update.role = change.role;
    update.disabled = change.disabled;
    update.expected = change.expected;
    return update;
}

}  // namespace

Accounts::Accounts(Store& store, PasswordHasher& hasher, std::shared_ptr<spdlog::logger> log)
    : store_(store), hasher_(hasher), log_(std::move(log)) {
    if (!log_) log_ = std::make_shared<spdlog::logger>("accounts");  // without a sink: silent
}

asio::awaitable<result<User>> Accounts::sign_up(Principal who, NewAccount account) {
    return uncancelled(do_sign_up(who, std::move(account)));
}

asio::awaitable<result<User>> Accounts::log_in(std::string email, Secret password) {
    return uncancelled(do_log_in(std::move(email), std::move(password)));
}

asio::awaitable<result<User>> Accounts::modify(Principal who, UserId id, AccountChange change) {
    return uncancelled(do_modify(who, id, std::move(change)));
}

asio::awaitable<result<User>> Accounts::do_sign_up(Principal who, NewAccount account) {
    const auto valid_email = check_email(account.email);
    if (!valid_email) co_return valid_email.error();
    const auto valid_password = check_password(account.password);
    if (!valid_password) co_return valid_password.error();
    if (account.role != Role::user && !who.is_admin()) co_return Errc::forbidden;

    const auto free = co_await check_free(account.email, 0);
    if (!free) co_return free.error();
    auto hash = co_await hasher_.hash(std::move(account.password));
    if (!hash) co_return hash.error();
    Write create = CreateUser(std::move(account.email), std::move(*hash), account.role);
    auto user = co_await store_.apply(std::move(create));
    if (user) {
        log_->info("user {} <{}> signed up as {}", user->id, printable(user->email),
                   to_string(user->role));
    }
    co_return without_hash(std::move(user));
}

// Cheap, and before the hash; the commit decides where two ask for one address at once.
asio::awaitable<result<void>> Accounts::check_free(std::string email, UserId owner) {
    const auto found = co_await store_.find_by_email(std::move(email));
    if (found && found->id != owner) co_return Errc::email_taken;
    if (!found && found.error() != Errc::user_not_found) co_return found.error();
    co_return result<void>();
}

asio::awaitable<result<User>> Accounts::do_log_in(std::string email, Secret password) {
    const std::string name = printable(email);
    auto user = co_await prove(std::move(email), std::move(password));
    if (user) {
        log_->info("user {} <{}> logged in", user->id, name);
    } else {
        log_->info("log-in as <{}> refused: {}", name, user.error().message());
    }
    co_return without_hash(std::move(user));
}

// Whoever asks learns nothing but yes or no, and every way to it costs one hash.
asio::awaitable<result<User>> Accounts::prove(std::string email, Secret password) {
    const auto found = co_await store_.find_by_email(std::move(email));
    if (!found && found.error() != Errc::user_not_found) co_return found.error();
    const bool may_log_in = found && !found->disabled;
    Secret phc = may_log_in ? found->password_hash : Secret();
    const auto verdict = co_await hasher_.verify(std::move(phc), password);
    if (!verdict) co_return verdict.error();
    if (verdict->unusable)
        log_->warn("the password hash of user {} cannot be used; set a new password", found->id);
    if (!verdict->matches) co_return Errc::invalid_credentials;

    // While the hash ran, the user may have been changed, disabled or erased.
    auto user = co_await store_.find(found->id);
    if (!user && user.error() != Errc::user_not_found) co_return user.error();
    const bool is_still_proved =
        user && !user->disabled && user->password_hash.reveal() == found->password_hash.reveal();
    if (!is_still_proved) co_return Errc::invalid_credentials;
    if (!verdict->outdated) co_return std::move(*user);
    User rehashed = co_await rehash(std::move(*user), std::move(password));
    co_return rehashed;
}

// A hash at today's cost, now that the password is known. The log-in does not depend on it.
asio::awaitable<User> Accounts::rehash(User user, Secret password) {
    auto hash = co_await hasher_.hash(std::move(password));
    if (!hash) {
        log_->warn("the password of user {} was not hashed again: {}", user.id,
                   hash.error().message());
        co_return user;
    }
    UpdateUser update(user.id);
    update.password_hash = std::move(*hash);
    update.expected = user.revision;
    Write write = std::move(update);
    auto updated = co_await store_.apply(std::move(write));
    if (!updated) {
        log_->warn("the new hash of user {}'s password was not kept: {}", user.id,
                   updated.error().message());
        co_return user;
    }
    log_->info("the password of user {} was hashed again at today's cost", user.id);
    co_return std::move(*updated);
}

asio::awaitable<result<Principal>> Accounts::principal(UserId id) {
    const auto user = co_await store_.find(id);
    if (!user) co_return user.error();
    if (user->disabled) co_return Errc::user_not_found;
    co_return Principal::user(user->id, user->role);
}

asio::awaitable<result<User>> Accounts::view(Principal who, UserId id) {
    if (!is_own_or_admin(who, id)) co_return Errc::forbidden;
    auto user = co_await store_.find(id);
    co_return without_hash(std::move(user));
}

asio::awaitable<result<std::vector<User>>> Accounts::list(Principal who, UserId after,
                                                          std::size_t limit) {
    if (!who.is_admin()) co_return Errc::forbidden;
    auto users = co_await store_.list(after, limit);
    if (!users) co_return users.error();
    for (User& user : *users)
        user.password_hash = Secret();
    co_return std::move(*users);
}

asio::awaitable<result<User>> Accounts::do_modify(Principal who, UserId id, AccountChange change) {
    const auto valid = check_valid(change);
    if (!valid) co_return valid.error();
    if (who.is_anonymous()) co_return Errc::forbidden;
    const auto before = co_await store_.find(id);
    if (!before) co_return before.error();
    const bool takes_admin = change.role || change.disabled;
    if (!is_own_or_admin(who, id) || (takes_admin && !who.is_admin())) co_return Errc::forbidden;
    if (change.email) {
        const auto free = co_await check_free(*change.email, id);
        if (!free) co_return free.error();
    }

    std::optional<Secret> password_hash;
    if (change.password) {
        auto hash = co_await hasher_.hash(std::move(*change.password));
        if (!hash) co_return hash.error();
        password_hash = std::move(*hash);
    }
    Write update = update_of(id, change, std::move(password_hash));
    auto user = co_await store_.apply(std::move(update));
    if (user) {
        log_->info("user {} <{}> was modified by {}", user->id, printable(user->email),
                   who.id() == 0 ? "the operator" : "user " + std::to_string(who.id()));
    }
    co_return without_hash(std::move(user));
}

StoreStatus Accounts::status() const {
    return store_.status();
}

}  // namespace roster::accounts
