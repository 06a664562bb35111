#pragma once

// The rate limiter together with the store of its records. They are in memory, and written where a
// kill must not forget them; if several servers use the store, each attempt is decided on what the
// store has, while nobody else changes it.
// Knows no password and no protocol.

#include <roster/log.hpp>
#include <roster/store.hpp>

#include "accounts/rate_limit/rate_limiter.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace roster::accounts {

/// Errors, of every awaitable: those of `Store::apply_session`, and only if the store is shared:
/// who may log in must not depend on a full disk.
/// Threads: any.
/// Cancellation: as of `Accounts`.
/// Lifetime: outlives every awaitable and admission it has given out; the store outlives it.
class StoredRateLimiter {
  public:
    StoredRateLimiter(Store& store, RateLimits limits, Clock clock, std::shared_ptr<Log> log);

    /// Before anything is admitted. Blocks. Throws: `StartupError` if the store cannot be read.
    void load();
    /// What changed and was not written yet. Blocks.
    void save();

    /// As `RateLimiter::admit`; if the store is shared, it does not wait for other attempts.
    boost::asio::awaitable<result<Admission>> admit(AttemptKey attempt);
    boost::asio::awaitable<result<Admission>> admit_sign_up(OptionalAddress from);

    /// Ends an attempt that was admitted. Of one that failed it is durable then. That the store
    /// refuses is logged; from a shared one the attempt is counted as failed then.
    boost::asio::awaitable<void> settle(Admission admission, Outcome outcome);

    /// As of `RateLimiter`. That the store refuses is logged.
    boost::asio::awaitable<void> make_known(UserId user, Revision credentials,
                                            OptionalAddress from);
    boost::asio::awaitable<result<Delays>> delays(std::string after, std::size_t limit);
    /// Durably; fails if the store refuses, whether it is shared or not.
    boost::asio::awaitable<result<bool>> forgive(std::string key);

    /// The buckets in memory: none if the store is shared.
    std::size_t size() const { return limiter_.size(); }
    /// Those of them that delay somebody.
    std::size_t delayed() const;

  private:
    using Change = std::function<void(RateLimiter&)>;

    boost::asio::awaitable<result<Admission>> charge(RateLimiter::Keys keys);
    // On the records of these keys; may be called several times.
    boost::asio::awaitable<result<void>> change(std::vector<std::string> keys, Change change);
    boost::asio::awaitable<result<void>> write(LimiterRecords records);
    void set_time(const LimiterRecord& clock);
    void warn_unless(const result<void>& saved) const;

    Store& store_;
    const bool is_shared_;
    const RateLimits limits_;
    const Clock clock_;
    std::shared_ptr<Log> log_;
    RateLimiter limiter_;
};

}  // namespace roster::accounts
