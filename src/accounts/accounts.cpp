// The part of Accounts that makes, reads and changes users.

#include "accounts/accounts.hpp"

#include <roster/log.hpp>

#include "accounts/credentials.hpp"
#include "core/text.hpp"
#include "passwords/password_hasher.hpp"

#include <condition_variable>
#include <mutex>
#include <utility>

namespace roster::accounts {
namespace {

namespace asio = boost::asio;

result<User> without_hash(result<User> user) {
    if (user) user->password_hash = Secret();
    return user;
}

bool is_own_or_admin(const Principal& who, UserId id) noexcept {
    return who.is_admin() || who.is_user(id);
}

UpdateUser update_of(UserId id, const AccountChange& change, std::optional<Secret> password_hash) {
    UpdateUser update(id);
    update.email = change.email;
    update.password_hash = std::move(password_hash);
    update.role = change.role;
    update.disabled = change.disabled;
    update.profile = change.profile;
    update.metadata = change.metadata;
    update.merges_metadata = change.merges_metadata;
    update.expected = change.expected;
    return update;
}

bool needs_admin(const AccountChange& change) noexcept {
    return change.role || change.disabled || change.metadata || change.profile.groups ||
           change.profile.email_verified_at;
}

bool changes_identity(const AccountChange& change, const User& before) noexcept {
    return (change.email && *change.email != before.email) ||
           (change.profile.username && *change.profile.username != before.profile.username);
}

bool needs_admin(const NewAccount& account) noexcept {
    return account.role != Role::user || account.disabled || account.metadata != "{}" ||
           !account.profile.groups.empty() || account.profile.email_verified_at;
}

bool is_taken(const boost::system::error_code& error) noexcept {
    return error == Errc::email_taken || error == Errc::username_taken;
}

// What is changed, for the audit log; new texts and metadata stay out of it.
std::string text_of(const AccountChange& change) {
    std::string text;
    const auto add = [&text](std::string_view what) {
        if (!text.empty()) text += ", ";
        text += what;
    };
    if (change.email) add("email");
    if (change.password) add("password");
    if (change.role) add("role " + std::string(to_string(*change.role)));
    if (change.disabled) add(*change.disabled ? "disabled" : "enabled");
    const ProfileChange& profile = change.profile;
    if (profile.username) add("username");
    if (profile.name) add("name");
    if (profile.groups) add("groups");
    if (profile.email_verified_at) add("email_verified_at");
    if (profile.locale) add("locale");
    if (change.metadata) add("metadata");
    return text;
}

}  // namespace

Accounts::Accounts(Store& store, passwords::PasswordHasher& hasher, AccountsOptions options,
                   std::shared_ptr<Log> log)
    : store_(store),
      hasher_(hasher),
      log_(log_or_silent(std::move(log))),
      policies_(std::move(options.policies)),
      users_change_identity_(options.users_change_identity),
      events_(std::move(options.audit)),
      limiter_(store_, options.rate_limits, options.clock, log_),
      authenticator_(store_, hasher_, limiter_, events_, log_),
      sessions_(store_, options.sessions, options.clock, log_) {
    limiter_.load();
    maintenance_ = std::jthread([this](const std::stop_token& stop) { maintain(stop); });
}

Accounts::~Accounts() {
    maintenance_ = {};
    limiter_.save();
}

void Accounts::maintain(const std::stop_token& stop) {
    std::mutex mutex;
    std::condition_variable_any stopped;
    std::unique_lock lock(mutex);
    while (!stopped.wait_for(lock, stop, Sessions::kMaintainEvery,
                             [&stop] { return stop.stop_requested(); })) {
        sessions_.maintain();
        limiter_.save();
    }
}

// The rate limiter's count is not waited for: it is written with the next failed log-in, or by the
// maintenance thread.
asio::awaitable<Attempt<User>> Accounts::sign_up(RequestContext who, NewAccount account) {
    const std::string target = email_target(account.email);
    const Role role = account.role;
    const auto from = who.principal.is_admin() ? std::nullopt : who.client.address;
    auto admission = co_await limiter_.admit_sign_up(from);
    if (!admission || !*admission) {
        const auto why = admission ? make_error_code(Errc::too_many_attempts) : admission.error();
        events_.record(who, "sign_up", target, why);
        if (!admission) co_return why;
        co_return Attempt<User>::too_many(admission->wait());
    }
    auto user = co_await create(who, std::move(account));
    events_.record(who, "sign_up", user ? user_target(user->id) : target, outcome_of(user), 1,
                   role == Role::user ? std::string() : "role " + std::string(to_string(role)));
    const bool counts = user || is_taken(user.error());
    co_await limiter_.settle(std::move(*admission),
                             counts ? Outcome::signed_up : Outcome::abandoned);
    if (!user) co_return user.error();
    co_await limiter_.make_known(user->id, user->credentials_revision, from);
    log_->info("user {} <{}> signed up as {}", user->id, printable(user->email),
               to_string(user->role));
    co_return without_hash(std::move(user));
}

asio::awaitable<result<User>> Accounts::create(RequestContext who, NewAccount account) {
    const auto valid_email = check_email(account.email);
    if (!valid_email) co_return valid_email.error();
    const auto valid_password = policy(who.client.channel).check(account.password, account.email);
    if (!valid_password) co_return valid_password.error();
    if (needs_admin(account) && !who.principal.is_admin()) co_return Errc::forbidden;

    Logins logins(account.email, account.profile.username);
    const auto free = co_await check_free(std::move(logins), 0);
    if (!free) co_return free.error();
    auto hash = co_await hash_for(who, std::move(account.password));
    if (!hash) co_return hash.error();
    CreateUser creation(std::move(account.email), std::move(*hash), account.role);
    creation.disabled = account.disabled;
    creation.profile = std::move(account.profile);
    creation.metadata = std::move(account.metadata);
    Write write = std::move(creation);
    auto user = co_await store_.apply(std::move(write));
    co_return user;
}

// Cheap, and before the hash; the commit decides if two ask for one address at once.
asio::awaitable<result<void>> Accounts::check_free(Logins logins, UserId owner) {
    const auto email = co_await check_free(std::move(logins.email), owner, Errc::email_taken);
    if (!email) co_return email;
    const auto username =
        co_await check_free(std::move(logins.username), owner, Errc::username_taken);
    co_return username;
}

asio::awaitable<result<void>> Accounts::check_free(std::string login, UserId owner, Errc taken) {
    if (login.empty()) co_return result<void>();
    const auto found = co_await store_.find_by_login(std::move(login));
    if (found && found->id != owner) co_return taken;
    if (!found && found.error() != Errc::user_not_found) co_return found.error();
    co_return result<void>();
}

// Then asks again what the caller may: a hash may take seconds, in which the caller may have lost
// these rights, or a thief of this session the password.
asio::awaitable<result<Secret>> Accounts::hash_for(RequestContext caller, Secret password) {
    AddedTime hashing(caller.hash_time);
    auto hash = co_await hasher_.hash(std::move(password));
    hashing.stop();
    if (!hash) co_return hash;
    const auto may = co_await still_may(caller.principal);
    if (!may) co_return may.error();
    co_return hash;
}

asio::awaitable<result<void>> Accounts::still_may(Principal who) {
    if (who.id() == 0) co_return result<void>();
    const auto auth_state = co_await store_.auth_state(who.id());
    if (!auth_state) co_return auth_state.error();
    const Revision credentials = who.credentials().value_or(auth_state->credentials_revision);
    const bool may = !auth_state->disabled &&
                     (auth_state->role == Role::admin || !who.is_admin()) &&
                     auth_state->credentials_revision == credentials;
    if (!may) co_return Errc::forbidden;
    if (who.session() == 0) co_return result<void>();
    const auto session = co_await sessions_.find(who.session());
    if (session) co_return result<void>();
    if (session.error() == Errc::session_not_found) co_return Errc::forbidden;
    co_return session.error();
}

asio::awaitable<result<User>> Accounts::view(Principal who, UserId id) {
    if (!is_own_or_admin(who, id)) co_return Errc::forbidden;
    auto user = co_await store_.find(id);
    co_return without_hash(std::move(user));
}

asio::awaitable<result<User>> Accounts::find_by_login(Principal who, std::string login) {
    if (!who.is_admin()) co_return Errc::forbidden;
    auto user = co_await store_.find_by_login(std::move(login));
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

asio::awaitable<result<UserPage>> Accounts::search(Principal who, UserQuery query) {
    if (!who.is_admin()) co_return Errc::forbidden;
    auto page = co_await store_.search(std::move(query));
    if (!page) co_return page.error();
    for (User& user : page->users)
        user.password_hash = Secret();
    co_return std::move(*page);
}

// As at a sign-up the answer tells a stranger who has an account here, so it counts as one.
asio::awaitable<Attempt<void>> Accounts::claim(RequestContext who, Logins logins, User owner) {
    const auto is_known = [&owner](const std::string& login) {
        return login.empty() || equals_ignoring_case(login, owner.email) ||
               equals_ignoring_case(login, owner.profile.username);
    };
    const bool is_own = is_known(logins.email) && is_known(logins.username);
    const auto from = is_own || who.principal.is_admin() ? std::nullopt : who.client.address;
    auto admission = co_await limiter_.admit_sign_up(from);
    if (!admission) co_return admission.error();
    if (!*admission) co_return Attempt<void>::too_many(admission->wait());
    const auto free = co_await check_free(std::move(logins), owner.id);
    const bool counts = !free && is_taken(free.error());
    co_await limiter_.settle(std::move(*admission),
                             counts ? Outcome::signed_up : Outcome::abandoned);
    co_return free;
}

asio::awaitable<Attempt<User>> Accounts::modify(RequestContext who, UserId id,
                                                AccountChange change) {
    const bool ends_log_ins = change.password || change.disabled.value_or(false);
    std::string what = text_of(change);
    auto user = co_await update(who, id, std::move(change));
    events_.record(who, "modify", user_target(id), outcome_of(user.answer()), 1, std::move(what));
    if (!user) co_return user;
    if (ends_log_ins) co_await end_old_sessions(who, *user);
    log_->info("user {} <{}> was modified by {}", user->id, printable(user->email), actor_of(who));
    user->password_hash = Secret();
    co_return user;
}

asio::awaitable<Attempt<User>> Accounts::update(RequestContext who, UserId id,
                                                AccountChange change) {
    if (change.email) {
        const auto valid = check_email(*change.email);
        if (!valid) co_return valid.error();
    }
    const passwords::PasswordPolicy& rules = policy(who.client.channel);
    if (change.password && change.email) {
        const auto valid = rules.check(*change.password, *change.email);
        if (!valid) co_return valid.error();
    }
    if (who.principal.is_anonymous()) co_return Errc::forbidden;
    const auto before = co_await store_.find(id);
    if (!before) co_return before.error();
    if (!is_own_or_admin(who.principal, id)) co_return Errc::forbidden;
    const bool needs_it =
        needs_admin(change) || (!users_change_identity_ && changes_identity(change, *before));
    if (needs_it && !who.principal.is_admin()) co_return Errc::forbidden;
    if (change.password && !change.email) {
        const auto valid = rules.check(*change.password, before->email);
        if (!valid) co_return valid.error();
    }
    Logins logins(change.email.value_or(""), change.profile.username.value_or(""));
    if (change.email || change.profile.username) {
        const auto claimed = co_await claim(who, std::move(logins), *before);
        if (!claimed) co_return Attempt<User>::failed_like(claimed);
    }
    std::optional<Secret> password_hash;
    if (change.password) {
        auto hash = co_await hash_for(who, std::move(*change.password));
        if (!hash) co_return hash.error();
        password_hash = std::move(*hash);
    }
    if (change.email) {
        const auto ended = co_await sessions_.end_links(id);
        if (!ended) co_return ended.error();
    }
    Write write = update_of(id, change, std::move(password_hash));
    auto user = co_await store_.apply(std::move(write));
    co_return user;
}

asio::awaitable<Attempt<User>> Accounts::change_password(RequestContext who, UserId id,
                                                         PasswordChange change) {
    const bool ends_log_ins = !change.keep_other_sessions;
    auto user = co_await replace_password(who, id, std::move(change));
    events_.record(who, "change_password", user_target(id), outcome_of(user.answer()));
    if (!user) co_return user;
    if (ends_log_ins) co_await end_old_sessions(who, *user);
    user->password_hash = Secret();
    co_return user;
}

asio::awaitable<Attempt<User>> Accounts::replace_password(RequestContext who, UserId id,
                                                          PasswordChange change) {
    if (!is_own_or_admin(who.principal, id)) co_return Errc::forbidden;
    const auto before = co_await store_.find(id);
    if (!before) co_return before.error();
    const auto valid = policy(who.client.channel).check(change.new_password, before->email);
    if (!valid) co_return valid.error();
    if (who.principal.is_user(id)) {
        if (!change.current_password) co_return Errc::invalid_credentials;
        auto verified =
            co_await authenticator_.confirm(who, id, std::move(*change.current_password));
        if (!verified) co_return verified;
    }
    auto hash = co_await hash_for(who, std::move(change.new_password));
    if (!hash) co_return hash.error();
    // The new credentials would end them as well.
    if (change.keep_other_sessions) {
        const auto ended = co_await sessions_.end_links(id);
        if (!ended) co_return ended.error();
    }
    UpdateUser update(id);
    update.password_hash = std::move(*hash);
    update.keeps_credentials = change.keep_other_sessions;
    update.expected = change.expected;
    Write write = std::move(update);
    auto user = co_await store_.apply(std::move(write));
    co_return user;
}

// The user's new `credentials_revision` has ended the sessions already; this takes them out of the
// lists, and keeps the caller's own alive, until a restart if the store cannot write that.
asio::awaitable<void> Accounts::end_old_sessions(RequestContext who, User user) {
    const bool is_own = who.principal.is_user(user.id) && !user.disabled;
    const SessionId own = is_own ? who.principal.session() : 0;
    // First of all: other requests of this session may be under way.
    if (own != 0) {
        const auto renewed = co_await sessions_.renew(own, user.credentials_revision);
        if (!renewed)
            log_->warn("session {} ends with its user's old password at a restart: {}", own,
                       renewed.error().message());
    }
    if (is_own)
        co_await limiter_.make_known(user.id, user.credentials_revision, who.client.address);
    const auto ended = co_await sessions_.end_all(user.id, own);
    if (!ended) {
        log_->warn("the sessions of user {} ended, but stay in the list: {}", user.id,
                   ended.error().message());
    } else if (*ended != 0) {
        events_.record(who, "end_sessions", user_target(user.id), {}, *ended);
    }
}

asio::awaitable<result<User>> Accounts::erase(RequestContext who, UserId id,
                                              std::optional<Revision> expected) {
    result<User> user = Errc::forbidden;
    if (!who.principal.is_anonymous()) user = co_await store_.find(id);
    if (user && !is_own_or_admin(who.principal, id)) user = Errc::forbidden;
    if (user) {
        const auto sessions = co_await store_.sessions_of(id);
        EraseUser erasure(id);
        erasure.expected = expected;
        Write write = erasure;
        user = co_await store_.apply(std::move(write));
        if (user && sessions) sessions_.drop(*sessions);
    }
    events_.record(who, "erase", user_target(id), outcome_of(user));
    if (user)
        log_->info("user {} <{}> was erased by {}", id, printable(user->email), actor_of(who));
    co_return without_hash(std::move(user));
}

}  // namespace roster::accounts
