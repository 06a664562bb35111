#pragma once

// Accounts over a fake store, with hashes that cost next to nothing.

#include "accounts/accounts.hpp"
#include "passwords/password_hasher.hpp"
#include "support/await.hpp"
#include "support/fake_store.hpp"
#include "support/recorded_log.hpp"
#include "unit/accounts/fake_clock.hpp"

#include <gtest/gtest.h>

#include <roster/log.hpp>

#include <memory>
#include <mutex>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace roster::accounts {

using testing::await;
using testing::await_all;

inline constexpr passwords::HashCost kCheap{16, 1};

/// What the audit log was told.
class RecordedEvents final : public AuditLog {
  public:
    void record(AuditEvent event) noexcept override {
        const std::lock_guard lock(mutex_);
        events_.push_back(std::move(event));
    }

    std::vector<AuditEvent> all() const {
        const std::lock_guard lock(mutex_);
        return events_;
    }

    /// "actor action target outcome", of the last one.
    std::string last() const {
        const std::lock_guard lock(mutex_);
        if (events_.empty()) return {};
        const AuditEvent& event = events_.back();
        return event.actor + " " + event.action + " " + event.target + " " + event.outcome;
    }

  private:
    mutable std::mutex mutex_;
    std::vector<AuditEvent> events_;
};

class AccountsTest : public ::testing::Test {
  protected:
    explicit AccountsTest(bool is_shared = false) : store_(clock_.clock().wall, is_shared) {}

    User add(std::string email, std::string_view password, Role role = Role::user) {
        const auto hash = passwords::hash_password(Secret(password), kCheap).value();
        return store_.add(std::move(email), hash.reveal(), role);
    }

    void disable(UserId id) {
        UpdateUser update(id);
        update.disabled = true;
        ASSERT_TRUE(store_.write(std::move(update)));
    }

    /// Comes through the classic entry point, without an address: never limited.
    static RequestContext from_anywhere(Principal who) {
        ClientInfo client;
        client.channel = Channel::classic;
        return RequestContext(who, std::move(client));
    }

    static RequestContext from(Principal who, const std::string& address) {
        return RequestContext(who,
                              ClientInfo(Channel::classic, boost::asio::ip::make_address(address)));
    }

    Attempt<User> sign_up(std::string email, std::string_view password) {
        return await(accounts_.sign_up(from_anywhere(Principal::anonymous()),
                                       NewAccount(std::move(email), Secret(password))));
    }

    Attempt<User> log_in(std::string email, std::string_view password) {
        return await(accounts_.log_in(from_anywhere(Principal::anonymous()), std::move(email),
                                      Secret(password)));
    }

    AccountsOptions options() {
        AccountsOptions options;
        options.clock = clock_.clock();
        options.audit = audit_;
        return options;
    }

    std::string logged() const { return log_->text(); }

    FakeClock clock_;
    testing::FakeStore store_;
    passwords::PasswordHasher hasher_{2, 100, kCheap};
    std::shared_ptr<test::RecordedLog> log_ = std::make_shared<test::RecordedLog>();
    std::shared_ptr<RecordedEvents> audit_ = std::make_shared<RecordedEvents>();
    Accounts accounts_{store_, hasher_, options(), log_};
};

}  // namespace roster::accounts
