#pragma once

// A throttle whose time stands still until a test moves it, with a store that keeps its records.

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

/// A stranger's network, one of very many.
inline boost::asio::ip::address stranger(std::uint32_t number) {
    return boost::asio::ip::address_v4(0x0A000000U + number);
}

inline const AccountKey kOwner = AccountKey::user(17);

/// The same numbers on every run.
class Dice {
  public:
    explicit Dice(unsigned seed) : engine_(seed) {}
    std::uint32_t below(std::uint32_t end) { return static_cast<std::uint32_t>(engine_() % end); }

  private:
    std::mt19937 engine_;
};

class ThrottleTest : public ::testing::Test {
  protected:
    ThrottleTest() { start(); }

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

    /// As after kill -9: nothing is left but what was kept. The steady clock begins anew.
    RateLimiter::Restored restart() {
        limiter_.reset();
        steady_ = {};
        start();
        LimiterRecords records;
        for (const auto& [key, record] : kept_)
            records.push_back(record);
        RateLimiter::Restored restored = limiter_->restore(records);
        keep(restored.changes);
        return restored;
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

    std::string kept(const std::string& key) const {
        const auto found = kept_.find(key);
        return found == kept_.end() ? "" : found->second.state;
    }

    AttemptKey from(std::string_view where, AccountKey account = kOwner, SessionId session = 0) {
        return {account, address(where), session};
    }

    /// How long the attempt has to wait; zero where it was let through, and then it failed.
    std::chrono::milliseconds guess(const AttemptKey& attempt) {
        auto admission = limiter_->begin(attempt);
        if (!admission) return admission.refusal().wait;
        keep(admission.ticket().failed());
        return 0ms;
    }

    /// The same for the right password.
    std::chrono::milliseconds log_in(const AttemptKey& attempt) {
        auto admission = limiter_->begin(attempt);
        if (!admission) return admission.refusal().wait;
        keep(admission.ticket().succeeded());
        return 0ms;
    }

    /// What it would have to wait, and nothing happens.
    std::chrono::milliseconds wait(const AttemptKey& attempt) {
        auto admission = limiter_->begin(attempt);
        return admission ? 0ms : admission.refusal().wait;
    }

    std::chrono::milliseconds sign_up(std::string_view where) {
        auto admission = limiter_->begin_sign_up(address(where));
        if (!admission) return admission.refusal().wait;
        keep(admission.ticket().counted());
        return 0ms;
    }

    void fail(const AttemptKey& attempt, int times) {
        for (int i = 0; i < times; ++i) {
            auto admission = limiter_->begin(attempt);
            while (!admission) {
                pass(admission.refusal().wait);
                admission = limiter_->begin(attempt);
            }
            keep(admission.ticket().failed());
        }
    }

    RateLimits limits_;
    std::chrono::steady_clock::time_point steady_{};
    Instant wall_ = std::chrono::sys_days{std::chrono::year{2026} / 11 / 22} + 9h;
    std::map<std::string, LimiterRecord> kept_;
    std::unique_ptr<RateLimiter> limiter_;
};

}  // namespace roster::accounts
