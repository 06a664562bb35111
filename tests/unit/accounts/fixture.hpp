#pragma once

// Accounts over a fake store, with hashes that cost next to nothing.

#include "accounts/accounts.hpp"
#include "accounts/password_hasher.hpp"
#include "support/await.hpp"
#include "support/fake_store.hpp"

#include <gtest/gtest.h>

#include <spdlog/logger.h>
#include <spdlog/sinks/ostream_sink.h>

#include <memory>
#include <sstream>
#include <string>
#include <string_view>

namespace roster::accounts {

using testing::await;
using testing::await_all;

inline constexpr HashCost kCheap{8, 1};

class AccountsTest : public ::testing::Test {
  protected:
    User add(std::string email, std::string_view password, Role role = Role::user) {
        const auto hash = hash_password(Secret(password), kCheap).value();
        return store_.add(std::move(email), hash.reveal(), role);
    }

    void disable(UserId id) {
        UpdateUser update(id);
        update.disabled = true;
        ASSERT_TRUE(store_.write(std::move(update)));
    }

    result<User> sign_up(std::string email, std::string_view password) {
        return await(accounts_.sign_up(Principal::anonymous(),
                                       NewAccount(std::move(email), Secret(password))));
    }

    result<User> log_in(std::string email, std::string_view password) {
        return await(accounts_.log_in(std::move(email), Secret(password)));
    }

    std::string logged() const { return log_text_.str(); }

    testing::FakeStore store_;
    PasswordHasher hasher_{2, 100, kCheap};
    std::ostringstream log_text_;
    std::shared_ptr<spdlog::logger> log_ = std::make_shared<spdlog::logger>(
        "test", std::make_shared<spdlog::sinks::ostream_sink_mt>(log_text_));
    Accounts accounts_{store_, hasher_, log_};
};

}  // namespace roster::accounts
