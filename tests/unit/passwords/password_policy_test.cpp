#include "passwords/password_policy.hpp"

#include "passwords/password_blocklist.hpp"
#include "support/temporary_file.hpp"

#include <gtest/gtest.h>

#include <string>

namespace roster::passwords {
namespace {

using testing::TemporaryFile;

constexpr std::string_view kEmail = "somebody@example.com";

// `Errc{}` where the password is taken.
Errc verdict(const PasswordPolicy& policy, std::string_view password,
             std::string_view email = kEmail) {
    const auto checked = policy.check(Secret(password), email);
    return checked ? Errc{} : static_cast<Errc>(checked.error().value());
}

TEST(PasswordPolicy, CountsCodePoints) {
    const PasswordPolicy two(2);
    for (const std::string_view text : {"ab", "비밀", "a,b c", "a@a.com"})
        EXPECT_EQ(verdict(two, text), Errc{}) << text;
    for (const std::string_view text : {"", "a", "비", "\xF0\x9F\x98\x80"})
        EXPECT_EQ(verdict(two, text), Errc::password_too_short) << text;
    const PasswordPolicy eight(8);
    EXPECT_EQ(verdict(eight, "비밀번호비밀번호"), Errc{});
    EXPECT_EQ(verdict(eight, "비밀번호비밀번"), Errc::password_too_short);
}

TEST(PasswordPolicy, BoundsTheBytes) {
    const PasswordPolicy policy(8);
    EXPECT_EQ(verdict(policy, std::string(1024, 'p')), Errc{});
    EXPECT_EQ(verdict(policy, std::string(1025, 'p')), Errc::password_too_long);
    EXPECT_EQ(verdict(policy, std::string(1025, '\xFF')), Errc::password_too_long);
    EXPECT_EQ(verdict(PasswordPolicy(1024), std::string(1024, 'p')), Errc{});
}

TEST(PasswordPolicy, RefusesWhatIsNoCleanText) {
    const PasswordPolicy policy(2);
    for (const std::string_view text : {"a\nb", "\xFF\xFE", "abc\xC3", "a\x1B[0m", "ab\x7F"})
        EXPECT_EQ(verdict(policy, text), Errc::password_not_text);
    EXPECT_EQ(verdict(policy, std::string_view("a\0b", 3)), Errc::password_not_text);
}

TEST(PasswordPolicy, HasNoRulesOfComposition) {
    const PasswordPolicies policies;
    for (const char* text : {"vierblaueelefanten", "        x", "8306182947", "ünüsüällü"})
        EXPECT_EQ(verdict(policies.at(Channel::api), text), Errc{}) << text;
}

TEST(PasswordPolicy, RefusesTheEmailAsAWhole) {
    const PasswordPolicies policies;
    const auto& policy = policies.at(Channel::api);
    EXPECT_EQ(verdict(policy, kEmail), Errc::password_is_email);
    EXPECT_EQ(verdict(policy, "SomeBody@Example.COM"), Errc::password_is_email);
    EXPECT_EQ(verdict(policy, "somebody@example.com!"), Errc{});
    EXPECT_EQ(verdict(policy, "someotherbody", "someotherbody@example.com"), Errc{});
}

TEST(PasswordPolicy, RefusesCommonPasswords) {
    const PasswordPolicies policies;
    for (const char* common : {"password", "PassWord1", "12345678"})
        EXPECT_EQ(verdict(policies.at(Channel::api), common), Errc::password_common) << common;
}

TEST(PasswordPolicies, EachChannelHasItsOwn) {
    const PasswordPolicies policies;
    EXPECT_EQ(policies.at(Channel::api).min_characters(), 8U);
    EXPECT_EQ(policies.at(Channel::local).min_characters(), 8U);
    EXPECT_EQ(policies.at(Channel::classic).min_characters(), 2U);
    for (const Channel channel : {Channel::api, Channel::local}) {
        EXPECT_EQ(verdict(policies.at(channel), "seven77"), Errc::password_too_short);
        EXPECT_EQ(verdict(policies.at(channel), "password1"), Errc::password_common);
        EXPECT_EQ(verdict(policies.at(channel), kEmail), Errc::password_is_email);
    }
}

TEST(PasswordPolicies, ClientsOfTheClassicProtocolContinueToWork) {
    const PasswordPolicies policies;
    for (const std::string_view text :
         {std::string_view("pw"), std::string_view("password1"), kEmail})
        EXPECT_EQ(verdict(policies.at(Channel::classic), text), Errc{}) << text;
    EXPECT_EQ(verdict(policies.at(Channel::classic), "p"), Errc::password_too_short);
}

TEST(PasswordPolicies, AMinimumThatIsSetAppliesToEveryChannel) {
    const PasswordPolicies policies(5, "");
    for (const Channel channel : {Channel::classic, Channel::api, Channel::local}) {
        EXPECT_EQ(verdict(policies.at(channel), "vjk3"), Errc::password_too_short);
        EXPECT_EQ(verdict(policies.at(channel), "vjk3#"), Errc{});
        EXPECT_EQ(verdict(policies.at(channel), "123456"), Errc::password_common);
        EXPECT_EQ(verdict(policies.at(channel), kEmail), Errc::password_is_email);
    }
}

TEST(PasswordPolicies, AListThatIsGivenAppliesToEveryChannel) {
    const TemporaryFile file("our company\nxy\n");
    const PasswordPolicies policies(std::nullopt, file.path());
    for (const Channel channel : {Channel::classic, Channel::api, Channel::local}) {
        EXPECT_EQ(verdict(policies.at(channel), "Our Company"), Errc::password_common);
        EXPECT_EQ(verdict(policies.at(channel), "password1"), Errc{});  // it replaces what ships
        EXPECT_EQ(verdict(policies.at(channel), kEmail), Errc::password_is_email);
    }
    EXPECT_EQ(policies.at(Channel::classic).min_characters(), 2U);
    EXPECT_EQ(verdict(policies.at(Channel::classic), "xy"), Errc::password_common);
    EXPECT_EQ(policies.at(Channel::api).min_characters(), 8U);
}

TEST(PasswordPolicies, AListThatCannotBeReadIsAnError) {
    EXPECT_THROW(PasswordPolicies(std::nullopt, "/nowhere/roster-no-such-file"), StartupError);
}

}  // namespace
}  // namespace roster::passwords
