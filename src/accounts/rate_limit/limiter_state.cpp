#include "accounts/rate_limit/limiter_state.hpp"

#include <utility>

namespace roster::accounts {
namespace {

using std::chrono::milliseconds;

// The refusal with the longest wait: whoever comes back after it is not refused by the next limit.
class Worst {
  public:
    /// `settled`: the wait if nothing were under way.
    void consider(milliseconds wait, milliseconds settled, ExceededLimit what,
                  RefusalCount* count) noexcept {
        if (settled > milliseconds(0)) is_crowded_ = false;
        if (wait <= refusal_.wait) return;
        refusal_.wait = wait;
        refusal_.used_up = what;
        count_ = count;
    }
    bool is_any() const noexcept { return refusal_.wait > milliseconds(0); }
    Refusal take() noexcept {
        refusal_.is_crowded = is_crowded_;
        refusal_.audit_count = is_crowded_ ? 1 : count_->refused();
        return refusal_;
    }

  private:
    Refusal refusal_;
    RefusalCount* count_ = nullptr;
    bool is_crowded_ = true;
};

GuesserKey guesser_of(AccountKey account, IpNetwork network, SessionId session) {
    if (session != 0) return {account, session};
    return {account, network};
}

// Every place in the tables is taken by an attempt under way.
constexpr Refusal kNoRoom{kMoment, ExceededLimit::network, false, 1};

}  // namespace

std::string_view name_of(ExceededLimit what) noexcept {
    switch (what) {
        case ExceededLimit::guesser: return "guesser";
        case ExceededLimit::network: return "network";
        case ExceededLimit::account: return "account";
        case ExceededLimit::sign_ups: return "sign_ups";
    }
    return {};
}

std::variant<PendingLogIn, Refusal> LimiterState::begin(AccountKey account, IpNetwork network,
                                                        SessionId session, Instant now) {
    const ClientTrust auth_state = session != 0                      ? ClientTrust::in_session
                                   : is_known(account, network, now) ? ClientTrust::known
                                                                     : ClientTrust::stranger;
    const bool by_network = auth_state == ClientTrust::stranger && !network.is_loopback();
    const PendingLogIn guess{account, guesser_of(account, network, session), network, by_network,
                             auth_state};
    Worst worst;
    if (StepsEntry* entry = guessers_.find(guess.guesser))
        worst.consider(entry->steps.wait(limits_, now), entry->steps.settled_wait(limits_, now),
                       ExceededLimit::guesser, &entry->refusals);
    StepsEntry* whole = guess.by_network ? networks_.find({network}) : nullptr;
    if (whole != nullptr)
        worst.consider(whole->steps.wait(limits_, now), whole->steps.settled_wait(limits_, now),
                       ExceededLimit::network, &whole->refusals);
    if (GuessesEntry* entry = accounts_.find(account)) {
        worst.consider(entry->wait(guess.auth_state, limits_, now),
                       entry->settled_wait(guess.auth_state, limits_, now), ExceededLimit::account,
                       &entry->refusals);
    }
    if (worst.is_any()) return worst.take();
    if (!hold(guess, now)) return kNoRoom;
    return guess;
}

// Nothing is held before there is room for everything.
bool LimiterState::hold(const PendingLogIn& guess, Instant now) {
    StepsEntry* guesser = make(guessers_, guess.guesser, now);
    StepsEntry* network = guess.by_network ? make(networks_, {guess.network}, now) : nullptr;
    GuessesEntry* account = make(accounts_, guess.account, now);
    if (guesser == nullptr || account == nullptr || (guess.by_network && network == nullptr)) {
        erase_if_empty(guessers_, guess.guesser);
        erase_if_empty(networks_, {guess.network});
        erase_if_empty(accounts_, guess.account);
        return false;
    }
    guesser->steps.reserve();
    guesser->refusals.admitted();
    if (network != nullptr) {
        network->steps.reserve();
        network->refusals.admitted();
    }
    ++account->in_flight(guess.auth_state);
    account->refusals.admitted();
    return true;
}

void LimiterState::fail(const PendingLogIn& guess, Instant now, LimiterRecords& changes) {
    StepsEntry* guesser = guessers_.find(guess.guesser);
    guesser->steps.fail(limits_, now);
    guesser->is_late = false;
    StepsEntry* network = guess.by_network ? networks_.find({guess.network}) : nullptr;
    if (network != nullptr) {
        network->steps.fail(limits_, now);
        network->is_late = false;
    }
    GuessesEntry* account = accounts_.find(guess.account);
    --account->in_flight(guess.auth_state);
    account->counted(guess.auth_state).add(now);
    account->is_late = false;

    // Only now, when all is charged: there may be no memory for text.
    hand_over_dropped(now, changes);
    changes.push_back(record_of(guessers_, guess.guesser, *guesser));
    if (network != nullptr) changes.push_back(record_of(networks_, {guess.network}, *network));
    changes.push_back(record_of(accounts_, guess.account, *account));
}

void LimiterState::succeed(const PendingLogIn& guess, Instant now, LimiterRecords& changes) {
    StepsEntry* guesser = guessers_.find(guess.guesser);
    const bool was_charged = guesser->steps.failures() > 0;
    // Abandoning releases everything else too; the failures of this guesser go with it.
    guesser->steps.forgive();
    abandon(guess);
    if (was_charged)
        changes.push_back(LimiterRecord(guessers_.name_of(guess.guesser), "", to_seconds(now)));
    make_known(guess.account, guess.network, now, changes);
}

void LimiterState::abandon(const PendingLogIn& guess) noexcept {
    guessers_.find(guess.guesser)->steps.release();
    erase_if_empty(guessers_, guess.guesser);
    if (guess.by_network) {
        networks_.find({guess.network})->steps.release();
        erase_if_empty(networks_, {guess.network});
    }
    --accounts_.find(guess.account)->in_flight(guess.auth_state);
    erase_if_empty(accounts_, guess.account);
}

std::variant<PendingSignUp, Refusal> LimiterState::begin_sign_up(IpNetwork network, Instant now) {
    SignUpsEntry* entry = make(sign_ups_, {network}, now);
    if (entry == nullptr) return kNoRoom;
    Worst worst;
    const milliseconds wait = entry->wait(limits_, now);
    worst.consider(wait, wait, ExceededLimit::sign_ups, &entry->refusals);
    if (worst.is_any()) {
        const Refusal refusal = worst.take();
        erase_if_empty(sign_ups_, {network});
        return refusal;
    }
    ++entry->in_flight;
    entry->refusals.admitted();
    return PendingSignUp{{network}};
}

void LimiterState::count(const PendingSignUp& sign_up, Instant now, LimiterRecords& changes) {
    SignUpsEntry* entry = sign_ups_.find(sign_up.network);
    --entry->in_flight;
    entry->made.add(now);
    entry->is_late = false;
    hand_over_dropped(now, changes);
    changes.push_back(record_of(sign_ups_, sign_up.network, *entry));
}

void LimiterState::abandon(const PendingSignUp& sign_up) noexcept {
    --sign_ups_.find(sign_up.network)->in_flight;
    erase_if_empty(sign_ups_, sign_up.network);
}

void LimiterState::make_known(AccountKey account, IpNetwork network, Instant now,
                              LimiterRecords& changes) {
    KnownEntry* entry = make(known_, account, now);
    hand_over_dropped(now, changes);
    if (entry != nullptr && entry->add(network, limits_, now))
        changes.push_back(record_of(known_, account, *entry));
}

void LimiterState::forget_known(AccountKey account, Instant now, LimiterRecords& changes) {
    hand_over_dropped(now, changes);
    if (known_.find(account) == nullptr) return;
    changes.push_back(LimiterRecord(known_.name_of(account), "", to_seconds(now)));
    known_.erase(account);
}

bool LimiterState::is_known(AccountKey account, IpNetwork network, Instant now) const {
    const KnownEntry* entry = known_.find(account);
    return entry != nullptr && entry->knows(network, limits_, now);
}

void LimiterState::hand_over_dropped(Instant now, LimiterRecords& changes) {
    for (std::string& key : std::exchange(dropped_, {}))
        changes.push_back(LimiterRecord(std::move(key), "", to_seconds(now)));
}

std::size_t LimiterState::size() const noexcept {
    return guessers_.size() + networks_.size() + accounts_.size() + sign_ups_.size() +
           known_.size();
}

}  // namespace roster::accounts
