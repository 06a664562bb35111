#include "cli/import_export/user_readers.hpp"

#include "unit/cli/import_export/fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace roster::cli {
namespace {

using namespace testing;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

std::string refusal_of(std::string_view line) {
    const Imported parsed = parse_htpasswd_user(line, 7);
    const auto* problem = std::get_if<LineProblem>(&parsed);
    return problem ? problem->text : "(taken)";
}

TEST(HtpasswdReader, TakesNamesWithHashes) {
    const std::string bcrypt = "$2y" + std::string(kBcrypt.substr(3));
    const auto all =
        read_users("# users\n\nalice:" + bcrypt + "\r\na@a.com:" + std::string(kSha512Crypt) +
                       "\nb@b.com:" + std::string(kSha256Crypt) + "\n",
                   InputFormat::htpasswd);
    EXPECT_THAT(all.emails(), ElementsAre("alice", "a@a.com", "b@b.com"));
    EXPECT_EQ(all.users[0].line, 3U);
    EXPECT_EQ(text_of(all.users[0].password_hash), bcrypt);
    EXPECT_EQ(text_of(all.users[1].password_hash), kSha512Crypt);
    EXPECT_EQ(text_of(all.users[2].password_hash), kSha256Crypt);
    EXPECT_EQ(all.users[0].role, std::nullopt);
}

TEST(HtpasswdReader, SaysWhyWeakHashesAreNotTaken) {
    EXPECT_THAT(refusal_of("alice:$apr1$lZL6V/ci$eIMz/iKDkbtys/uU7LEK00"), HasSubstr("MD5"));
    EXPECT_THAT(refusal_of("alice:{SHA}5yfRRkrhJDbomacm2lsvEdg4GyY="), HasSubstr("SHA-1"));
    EXPECT_THAT(refusal_of("alice:rqXexS6ZhobKA"), HasSubstr("DES"));
    for (const char* line : {"alice:$apr1$lZL6V/ci$eIMz/iKDkbtys/uU7LEK00", "alice:rqXexS6ZhobKA"})
        EXPECT_THAT(refusal_of(line), HasSubstr("too weak to be taken; leave the line out"));
}

TEST(HtpasswdReader, RefusesWhatIsNotANameWithAHash) {
    EXPECT_THAT(refusal_of("alice"), HasSubstr("no colon"));
    EXPECT_THAT(refusal_of("alice:"), HasSubstr("not a hash"));
    EXPECT_THAT(refusal_of("alice:hunter22"), HasSubstr("not a hash that roster knows"));
    EXPECT_THAT(refusal_of("alice:hunter22"), Not(HasSubstr("hunter22")));
    EXPECT_THAT(refusal_of("alice:realm:0123456789abcdef0123456789abcdef"), HasSubstr("htdigest"));
    EXPECT_THAT(refusal_of(":" + std::string(kBcrypt)), HasSubstr("email is missing"));
    EXPECT_THAT(refusal_of("al\x07ice:" + std::string(kBcrypt)), HasSubstr("control characters"));
    EXPECT_THAT(refusal_of("alice:$2y$99$" + std::string(kBcrypt.substr(7))), Not("(taken)"));
    EXPECT_THAT(refusal_of("alice:" + std::string(kBcrypt.substr(0, 30))), Not("(taken)"));
    EXPECT_THAT(refusal_of("alice:" + std::string(kBcrypt) + " "), Not("(taken)"));
    EXPECT_THAT(refusal_of("\xFF:" + std::string(kBcrypt)), HasSubstr("not UTF-8"));
}

TEST(HtpasswdReader, StandsDamageAnywhere) {
    const std::string good = "alice:" + std::string(kBcrypt);
    std::mt19937 random(7);
    std::size_t refused = 0;
    for (int round = 0; round < 20'000; ++round) {
        std::string line = good;
        line[random() % line.size()] = static_cast<char>(random() % 256);
        if (std::holds_alternative<LineProblem>(parse_htpasswd_user(line, 1))) ++refused;
    }
    EXPECT_GT(refused, 5'000U);
    EXPECT_LT(refused, 20'000U);
}

}  // namespace
}  // namespace roster::cli
