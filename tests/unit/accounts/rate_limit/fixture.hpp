#pragma once

// A rate limiter whose time stands until a test moves it, with a store for its records.

#include "accounts/rate_limit/rate_limiter.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <string_view>

namespace roster::accounts {

using namespace std::chrono_literals;

inline boost::asio::ip::address address(std::string_view text) {
    return boost::asio::ip::make_address(std::string(text));
}

/// A network that nobody knows, one of very many.
inline boost::asio::ip::address stranger(std::uint32_t number) {
    return boost::asio::ip::address_v4(0x0A000000U + number);
}

inline constexpr UserId kOwnerId = 17;
inline const std::string kOwner = account_key(kOwnerId);

/// The same numbers on every run.
class Dice {
  public:
    explicit Dice(unsigned seed) : engine_(seed) {}
    std::uint32_t below(std::uint32_t end) { return static_cast<std::uint32_t>(engine_() % end); }

  private:
    std::mt19937 engine_;
};

class RateLimiterTest : public ::testing::Test {
  protected:
    RateLimiterTest() { start(); }

    void start() { limiter_ = std::make_unique<RateLimiter>(limits_, clock()); }

    Clock clock() {
        Clock clock;
        clock.steady = [this] { return steady_; };
        clock.wall = [this] { return std::chrono::floor<std::chrono::seconds>(wall_); };
        return clock;
    }

    void pass(std::chrono::milliseconds time) {
        steady_ += time;
        wall_ += time;
    }

    /// As after kill -9: nothing is left but what was kept. Returns what could not be read.
    std::size_t restart() {
        limiter_.reset();
        steady_ = {};
        start();
        LimiterRecords records;
        for (const auto& [key, record] : kept_)
            records.push_back(record);
        const std::size_t ignored = limiter_->restore(records);
        keep();
        return ignored;
    }

    void keep(const LimiterRecords& changes) {
        for (const LimiterRecord& record : changes) {
            if (record.state.empty()) {
                kept_.erase(record.key);
            } else {
                kept_[record.key] = record;
            }
        }
    }
    void keep() { keep(limiter_->take_changes()); }
    bool is_kept(const std::string& key) const { return kept_.count(key) != 0; }

    static AttemptKey at(const boost::asio::ip::address& where, const std::string& account = kOwner,
                         SessionId session = 0) {
        AttemptKey attempt(account, where);
        attempt.session = session;
        attempt.credentials = 1;
        return attempt;
    }
    static AttemptKey from(std::string_view where, const std::string& account = kOwner,
                           SessionId session = 0) {
        return at(address(where), account, session);
    }
    static AttemptKey at_user(UserId user, const boost::asio::ip::address& where) {
        return at(where, account_key(user));
    }

    /// How long the attempt has to wait; zero if it was let through, and then it failed.
    std::chrono::milliseconds guess(const AttemptKey& attempt) {
        Admission admission = limiter_->begin(attempt);
        if (admission) keep(admission.end(Outcome::failed));
        return admission.wait();
    }

    /// The same for the right password.
    std::chrono::milliseconds log_in(const AttemptKey& attempt) {
        Admission admission = limiter_->begin(attempt);
        if (admission) admission.end(Outcome::succeeded);
        keep();
        return admission.wait();
    }

    /// What it would have to wait, and nothing happens.
    std::chrono::milliseconds wait(const AttemptKey& attempt) {
        return limiter_->begin(attempt).wait();
    }

    std::chrono::milliseconds sign_up(std::string_view where) {
        Admission admission = limiter_->begin(limiter_->keys_of_sign_up(address(where)));
        if (admission) admission.end(Outcome::signed_up);
        keep();
        return admission.wait();
    }

    void fail(const AttemptKey& attempt, int times) {
        for (int i = 0; i < times; ++i) {
            Admission admission = limiter_->begin(attempt);
            while (!admission) {
                pass(admission.wait());
                admission = limiter_->begin(attempt);
            }
            keep(admission.end(Outcome::failed));
        }
    }

    RateLimits limits_;
    std::chrono::steady_clock::time_point steady_{};
    Instant wall_ = std::chrono::sys_days{std::chrono::year{2026} / 11 / 22} + 9h;
    std::map<std::string, LimiterRecord> kept_;
    std::unique_ptr<RateLimiter> limiter_;
};

}  // namespace roster::accounts
