// The part of Accounts that administrators alone use: all users at once, and the rate limiter.

#include "accounts/accounts.hpp"

#include "passwords/password_hasher.hpp"

#include <iterator>
#include <utility>

namespace roster::accounts {

namespace asio = boost::asio;

asio::awaitable<result<std::vector<User>>> Accounts::list_with_hashes(Principal who, UserId after,
                                                                      std::size_t limit) {
    if (!who.is_operator()) co_return Errc::forbidden;
    auto users = co_await store_.list(after, limit);
    co_return users;
}

asio::awaitable<result<Secret>> Accounts::hash_imported(Principal who, Secret password) {
    if (!who.is_admin()) co_return Errc::forbidden;
    auto hash = co_await hasher_.hash(std::move(password));
    co_return hash;
}

// One line of the audit log for all of them; the store says who they are.
asio::awaitable<result<std::vector<User>>> Accounts::import(RequestContext who,
                                                            std::vector<CreateUser> users) {
    if (!who.principal.is_admin()) co_return Errc::forbidden;
    const auto may = co_await still_may(who.principal);
    if (!may) co_return may.error();
    const std::size_t count = users.size();
    std::vector<Write> writes(std::make_move_iterator(users.begin()),
                              std::make_move_iterator(users.end()));
    auto added = co_await store_.apply_all(std::move(writes));
    events_.record(who, "import", "store " + store_.url(), outcome_of(added), count);
    if (!added) co_return added.error();
    for (User& user : *added)
        user.password_hash = Secret();
    co_return std::move(*added);
}

asio::awaitable<result<Delays>> Accounts::delays(Principal who, std::string after,
                                                 std::size_t limit) {
    if (!who.is_admin()) co_return Errc::forbidden;
    auto delays = co_await limiter_.delays(std::move(after), limit);
    co_return delays;
}

asio::awaitable<result<bool>> Accounts::forgive(RequestContext who, std::string key) {
    if (!who.principal.is_admin()) co_return Errc::forbidden;
    const auto forgiven = co_await limiter_.forgive(key);
    const bool is_unknown = forgiven && !*forgiven;
    if (!is_unknown) events_.record(who, "forgive", "limit " + key, outcome_of(forgiven));
    if (!forgiven) co_return result<bool>(boost::system::in_place_error, forgiven.error());
    co_return *forgiven;
}

Accounts::Figures Accounts::figures() const {
    const auto hashes = hasher_.load();
    Figures figures;
    figures.hashes = hasher_.jobs();
    figures.running_hashes = hashes.running;
    figures.waiting_hashes = hashes.waiting;
    figures.limiter_records = limiter_.size();
    figures.delayed = limiter_.delayed();
    figures.audit_events_lost = events_.lost();
    figures.store = store_.figures();
    return figures;
}

}  // namespace roster::accounts
