#include "accounts/first_admin.hpp"

#include "unit/accounts/fixture.hpp"

namespace roster::accounts {
namespace {

class FirstAdmin : public AccountsTest {
  protected:
    std::optional<User> ensure(const std::string& email, std::string_view password) {
        return ensure_first_admin(accounts_, email, [&] {
            ++asked_;
            return Secret(password);
        });
    }

    Errc refusal_of(const std::string& email, std::string_view password) {
        try {
            ensure(email, password);
        } catch (const StartupError& error) {
            text_ = error.what();
            return error.code();
        }
        return Errc::internal;
    }

    int asked_ = 0;
    std::string text_;
};

TEST_F(FirstAdmin, IsMadeWhereThereIsNone) {
    add("user@a.com", "right");
    const auto admin = ensure("admin@a.com", "pw12-pw12");
    ASSERT_TRUE(admin);
    EXPECT_EQ(admin->role, Role::admin);
    EXPECT_TRUE(admin->password_hash.empty());
    EXPECT_EQ(log_in("admin@a.com", "pw12-pw12")->role, Role::admin);
}

TEST_F(FirstAdmin, IsNotMadeTwice) {
    ASSERT_TRUE(ensure("admin@a.com", "pw12-pw12"));
    EXPECT_FALSE(ensure("admin@a.com", "pw12-pw12"));
    EXPECT_FALSE(ensure("second@a.com", "pw12-pw12"));
    EXPECT_EQ(asked_, 1);
    EXPECT_EQ(store_.status().users, 1U);
}

TEST_F(FirstAdmin, AnOrdinaryUserIsNotPromoted) {
    add("user@a.com", "right");
    EXPECT_EQ(refusal_of("user@a.com", "pw12-pw12"), Errc::email_taken);
    EXPECT_NE(text_.find("user@a.com"), std::string::npos);
    EXPECT_NE(text_.find("choose another e-mail"), std::string::npos);
    EXPECT_EQ(store_.status().admins, 0U);
    EXPECT_TRUE(log_in("user@a.com", "right"));
}

TEST_F(FirstAdmin, WhatIsNotValidIsRefusedWithoutThePassword) {
    EXPECT_EQ(refusal_of("a", "pw12-pw12"), Errc::email_too_short);
    EXPECT_EQ(refusal_of("a@a.com\n", "pw12-pw12"), Errc::email_not_text);
    EXPECT_EQ(text_.find('\n'), std::string::npos);
    EXPECT_EQ(refusal_of("a@a.com", "\x01secret"), Errc::password_not_text);
    EXPECT_EQ(text_.find("secret"), std::string::npos);
}

TEST_F(FirstAdmin, AFailingStoreIsSaid) {
    store_.fail_writes = Errc::store_unavailable;
    EXPECT_EQ(refusal_of("a@a.com", "pw12-pw12"), Errc::store_unavailable);
}

class Setup : public AccountsTest {
  protected:
    Attempt<User> make(std::string_view code, const std::string& email = "admin@a.com",
                       std::string_view password = "pw12-pw12") {
        NewAccount account(email, Secret(password));
        return testing::await(code_.make_admin(accounts_, ClientInfo(Channel::api, std::nullopt),
                                               Secret(code), std::move(account)));
    }

    SetupCode code_{Secret("ABCD-EFGH-JKLM-NPQR")};
};

TEST_F(Setup, MakesAnAdministratorOnce) {
    EXPECT_TRUE(code_.is_open(accounts_));
    EXPECT_EQ(make("abcd efgh jklmnpqr")->role, Role::admin);
    EXPECT_FALSE(code_.is_open(accounts_));
    EXPECT_EQ(make("ABCD-EFGH-JKLM-NPQR", "second@a.com").error(), Errc::forbidden);
    EXPECT_EQ(store_.status().users, 1U);
}

TEST_F(Setup, TakesNoOtherCode) {
    for (const char* code : {"", "-", "ABCD-EFGH-JKLM-NPQ", "ABCD-EFGH-JKLM-NPQS",
                             "ABCD-EFGH-JKLM-NPQRR", "ABCDEFGHJKLMNPQ\xC3"})
        EXPECT_EQ(make(code).error(), Errc::invalid_credentials) << code;
    EXPECT_EQ(audit_->last(), "anonymous sign_up email admin@a.com invalid_credentials");
    EXPECT_EQ(store_.status().users, 0U);
}

TEST_F(Setup, MayBeTriedAgain) {
    EXPECT_EQ(make("ABCD-EFGH-JKLM-NPQR", "a").error(), Errc::email_too_short);
    store_.fail_writes = Errc::store_unavailable;
    EXPECT_EQ(make("ABCD-EFGH-JKLM-NPQR").error(), Errc::store_unavailable);
    store_.fail_writes = std::nullopt;
    EXPECT_TRUE(make("ABCD-EFGH-JKLM-NPQR"));
}

TEST_F(Setup, CodesAreLongAndNew) {
    const Secret one = new_setup_code();
    const Secret other = new_setup_code();
    EXPECT_NE(one.reveal(), other.reveal());
    EXPECT_EQ(one.size_bytes(), 19U);
    EXPECT_EQ(one.reveal().find_first_not_of("ABCDEFGHJKLMNPQRSTUVWXYZ23456789-"),
              std::string_view::npos);
}

}  // namespace
}  // namespace roster::accounts
