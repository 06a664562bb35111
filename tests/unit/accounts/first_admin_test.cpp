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

}  // namespace
}  // namespace roster::accounts
