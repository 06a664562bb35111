#include "accounts/accounts.hpp"

#include "accounts/credentials.hpp"
#include "accounts/uncancelled.hpp"
#include "accounts/wait_for.hpp"
#include "core/text.hpp"
#include "passwords/password_hasher.hpp"

#include <roster/log.hpp>

#include <iterator>
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

UpdateUser update_of(UserId id, const AccountChange& change, std::optional<Secret> password_hash) {
    UpdateUser update(id);
    update.email = change.email;
    update.password_hash = std::move(password_hash);
    update.role = change.role;
    update.disabled = change.disabled;
    update.metadata = change.metadata;
    update.expected = change.expected;
    return update;
}

// What is changed, for the audit log; new e-mails and what is kept about people stay out of it.
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
    if (change.metadata) add("metadata");
    return text;
}

void add_to(LimiterRecords& records, LimiterRecords more) {
    records.insert(records.end(), std::make_move_iterator(more.begin()),
                   std::make_move_iterator(more.end()));
}

}  // namespace

Accounts::Accounts(Store& store, passwords::PasswordHasher& hasher, AccountsOptions options,
                   std::shared_ptr<Log> log)
    : store_(store),
      hasher_(hasher),
      log_(log_or_silent(std::move(log))),
      policies_(std::move(options.policies)),
      audit_(std::move(options.audit)),
      limiter_(options.throttle, options.clock),
      authenticator_(store_, hasher_, limiter_, audit_, log_),
      sessions_(store_, options.sessions, options.clock, log_) {
    const auto records = wait_for(store_.limiter_records());
    if (!records)
        throw StartupError(Errc::store_unavailable,
                           "the throttle's memory cannot be read: " + records.error().message());
    const RateLimiter::Restored restored = limiter_.restore(*records);
    if (restored.ignored != 0)
        log_->warn("{} records of the throttle mean nothing to this version; they are ignored",
                   restored.ignored);
    if (restored.changes.empty()) return;
    const auto saved = wait_for(store_.apply_session(SaveLimiterRecords(restored.changes)));
    if (!saved) log_->warn("the throttle's memory cannot be written: {}", saved.error().message());
}

Accounts::~Accounts() = default;

asio::awaitable<Attempt<User>> Accounts::sign_up(RequestContext who, NewAccount account) {
    return uncancelled(do_sign_up(std::move(who), std::move(account)));
}

asio::awaitable<Attempt<User>> Accounts::modify(RequestContext who, UserId id,
                                                AccountChange change) {
    return uncancelled(do_modify(std::move(who), id, std::move(change)));
}

asio::awaitable<Attempt<User>> Accounts::change_password(RequestContext who, UserId id,
                                                         PasswordChange change) {
    return uncancelled(do_change_password(std::move(who), id, std::move(change)));
}

asio::awaitable<result<User>> Accounts::erase(RequestContext who, UserId id,
                                              std::optional<Revision> expected) {
    return uncancelled(do_erase(std::move(who), id, expected));
}

asio::awaitable<Attempt<User>> Accounts::do_sign_up(RequestContext who, NewAccount account) {
    const std::string email = printable(account.email);
    const Role role = account.role;
    // An administrator may fill the house.
    const auto from = who.principal.is_admin() ? std::nullopt : who.origin.address;
    auto admission = limiter_.begin_sign_up(from);
    if (!admission) {
        const Refusal& refusal = admission.refusal();
        if (refusal.audit_count != 0)
            audit_.record(who, "sign_up", email, Errc::too_many_attempts, refusal.audit_count);
        co_return Attempt<User>::too_many(refusal.wait);
    }
    auto user = co_await create(who, std::move(account));
    audit_.record(who, "sign_up", user ? user_target(user->id) : email, outcome_of(user), 1,
                  role == Role::user ? std::string() : "role " + std::string(to_string(role)));
    LimiterRecords records;
    if (user || user.error() == Errc::email_taken) records = admission.ticket().counted();
    if (user) add_to(records, limiter_.make_known(AccountKey::user(user->id), from));
    co_await authenticator_.remember(std::move(records));
    if (!user) co_return user.error();
    log_->info("user {} <{}> signed up as {}", user->id, printable(user->email),
               to_string(user->role));
    co_return without_hash(std::move(user));
}

asio::awaitable<result<User>> Accounts::create(RequestContext who, NewAccount account) {
    const auto valid_email = check_email(account.email);
    if (!valid_email) co_return valid_email.error();
    const auto valid_password =
        policies_.at(who.origin.channel).check(account.password, account.email);
    if (!valid_password) co_return valid_password.error();
    const bool takes_admin =
        account.role != Role::user || account.disabled || account.metadata != "{}";
    if (takes_admin && !who.principal.is_admin()) co_return Errc::forbidden;

    const auto free = co_await check_free(account.email, 0);
    if (!free) co_return free.error();
    auto hash = co_await hasher_.hash(std::move(account.password));
    if (!hash) co_return hash.error();
    const auto still_may = co_await check_auth_state(who.principal);
    if (!still_may) co_return still_may.error();
    CreateUser creation(std::move(account.email), std::move(*hash), account.role);
    creation.disabled = account.disabled;
    creation.metadata = std::move(account.metadata);
    Write create = std::move(creation);
    auto user = co_await store_.apply(std::move(create));
    co_return user;
}

// Cheap, and before the hash; the commit decides where two ask for one address at once.
asio::awaitable<result<void>> Accounts::check_free(std::string email, UserId owner) {
    const auto found = co_await store_.find_by_email(std::move(email));
    if (found && found->id != owner) co_return Errc::email_taken;
    if (!found && found.error() != Errc::user_not_found) co_return found.error();
    co_return result<void>();
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

asio::awaitable<result<UserPage>> Accounts::search(Principal who, UserQuery query) {
    if (!who.is_admin()) co_return Errc::forbidden;
    auto page = co_await store_.search(std::move(query));
    if (!page) co_return page.error();
    for (User& user : page->users)
        user.password_hash = Secret();
    co_return std::move(*page);
}

// Gives the owner-to-be where nobody else has it; as at a sign-up the answer tells a stranger who
// has an account here.
asio::awaitable<Attempt<User>> Accounts::claim_email(RequestContext who, std::string email,
                                                     User owner) {
    const bool is_his = equals_ignoring_case(email, owner.email);
    const bool is_free_to_ask = is_his || who.principal.is_admin();
    const auto from = is_free_to_ask ? std::nullopt : who.origin.address;
    auto admission = limiter_.begin_sign_up(from);
    if (!admission) co_return Attempt<User>::too_many(admission.refusal().wait);
    const auto free = co_await check_free(std::move(email), owner.id);
    if (free) co_return result<User>(std::move(owner));
    if (free.error() == Errc::email_taken)
        co_await authenticator_.remember(admission.ticket().counted());
    co_return free.error();
}

asio::awaitable<Attempt<User>> Accounts::do_modify(RequestContext who, UserId id,
                                                   AccountChange change) {
    const bool ends_log_ins = change.password || change.disabled.value_or(false);
    std::string what = text_of(change);
    auto user = co_await decide_modify(who, id, std::move(change));
    audit_.record(who, "modify", user_target(id), outcome_of(user.answer()), 1, std::move(what));
    if (!user) co_return user;
    if (ends_log_ins) co_await end_what_is_over(who, *user);
    log_->info("user {} <{}> was modified by {}", user->id, printable(user->email),
               who.principal.id() == 0 ? "the operator" : user_target(who.principal.id()));
    user->password_hash = Secret();
    co_return user;
}

asio::awaitable<Attempt<User>> Accounts::decide_modify(RequestContext who, UserId id,
                                                       AccountChange change) {
    if (change.email) {
        const auto valid = check_email(*change.email);
        if (!valid) co_return valid.error();
    }
    const passwords::PasswordPolicy& policy = policies_.at(who.origin.channel);
    if (change.password && change.email) {
        const auto valid = policy.check(*change.password, *change.email);
        if (!valid) co_return valid.error();
    }
    if (who.principal.is_anonymous()) co_return Errc::forbidden;
    const auto before = co_await store_.find(id);
    if (!before) co_return before.error();
    const bool takes_admin = change.role || change.disabled || change.metadata;
    const bool may =
        is_own_or_admin(who.principal, id) && (!takes_admin || who.principal.is_admin());
    if (!may) co_return Errc::forbidden;
    if (change.password && !change.email) {
        const auto valid = policy.check(*change.password, before->email);
        if (!valid) co_return valid.error();
    }
    if (change.email) {
        const auto claimed = co_await claim_email(who, *change.email, *before);
        if (!claimed) co_return claimed;
    }

    std::optional<Secret> password_hash;
    if (change.password) {
        auto hash = co_await hasher_.hash(std::move(*change.password));
        if (!hash) co_return hash.error();
        password_hash = std::move(*hash);
        const auto still_may = co_await check_auth_state(who.principal);
        if (!still_may) co_return still_may.error();
    }
    Write update = update_of(id, change, std::move(password_hash));
    auto user = co_await store_.apply(std::move(update));
    co_return user;
}

asio::awaitable<Attempt<User>> Accounts::do_change_password(RequestContext who, UserId id,
                                                            PasswordChange change) {
    auto changed = co_await decide_password(who, id, std::move(change));
    audit_.record(who, "change_password", user_target(id), outcome_of(changed.answer()));
    if (changed) changed->password_hash = Secret();
    co_return changed;
}

asio::awaitable<Attempt<User>> Accounts::decide_password(RequestContext who, UserId id,
                                                         PasswordChange change) {
    if (!is_own_or_admin(who.principal, id)) co_return Errc::forbidden;
    const auto before = co_await store_.find(id);
    if (!before) co_return before.error();
    const auto valid = policies_.at(who.origin.channel).check(change.new_password, before->email);
    if (!valid) co_return valid.error();
    if (who.principal.id() == id) {
        if (!change.current_password) co_return Errc::invalid_credentials;
        auto proved = co_await authenticator_.confirm(who, id, std::move(*change.current_password));
        if (!proved) co_return proved;
    }
    auto hash = co_await hasher_.hash(std::move(change.new_password));
    if (!hash) co_return hash.error();
    const auto still_may = co_await check_auth_state(who.principal);
    if (!still_may) co_return still_may.error();
    UpdateUser update(id);
    update.password_hash = std::move(*hash);
    update.keeps_credentials = change.keep_other_sessions;
    Write write = std::move(update);
    auto user = co_await store_.apply(std::move(write));
    if (!user) co_return user.error();
    if (!change.keep_other_sessions) co_await end_what_is_over(who, *user);
    co_return user;
}

// The user's `credentials_revision` has ended his sessions already; this takes them out of the
// lists, and lets the caller's own go on. What the store cannot write here is over all the same.
asio::awaitable<void> Accounts::end_what_is_over(RequestContext who, User user) {
    // Whoever had the old password may have made his network a known one.
    LimiterRecords records = limiter_.forget_known(AccountKey::user(user.id));
    if (who.principal.id() == user.id && !user.disabled)
        add_to(records, limiter_.make_known(AccountKey::user(user.id), who.origin.address));
    co_await authenticator_.remember(std::move(records));
    const SessionId own =
        who.principal.id() == user.id && !user.disabled ? who.principal.session() : 0;
    const auto ended = co_await sessions_.end_all(user.id, own);
    if (!ended) {
        log_->warn("the sessions of user {} ended, but stay in the list: {}", user.id,
                   ended.error().message());
    } else if (*ended != 0) {
        audit_.record(who, "end_sessions", user_target(user.id), {}, *ended);
    }
    if (own == 0) co_return;
    const auto renewed = co_await sessions_.renew(own, user.credentials_revision);
    if (!renewed)
        log_->warn("session {} ended with its user's old password: {}", own,
                   renewed.error().message());
}

asio::awaitable<result<User>> Accounts::do_erase(RequestContext who, UserId id,
                                                 std::optional<Revision> expected) {
    auto user = co_await decide_erase(who, id, expected);
    audit_.record(who, "erase", user_target(id), outcome_of(user));
    if (user)
        log_->info("user {} <{}> was erased by {}", id, printable(user->email),
                   who.principal.id() == 0 ? "the operator" : user_target(who.principal.id()));
    co_return without_hash(std::move(user));
}

asio::awaitable<result<User>> Accounts::decide_erase(RequestContext who, UserId id,
                                                     std::optional<Revision> expected) {
    if (who.principal.is_anonymous()) co_return Errc::forbidden;
    const auto before = co_await store_.find(id);
    if (!before) co_return before.error();
    if (!is_own_or_admin(who.principal, id)) co_return Errc::forbidden;
    const auto sessions = co_await store_.sessions_of(id);
    EraseUser erasure(id);
    erasure.expected = expected;
    Write write = erasure;
    auto user = co_await store_.apply(std::move(write));
    if (user && sessions) sessions_.forget(*sessions);
    co_return user;
}

StoreStatus Accounts::status() const {
    return store_.status();
}

const passwords::PasswordPolicy& Accounts::policy(Channel channel) const {
    return policies_.at(channel);
}

}  // namespace roster::accounts
