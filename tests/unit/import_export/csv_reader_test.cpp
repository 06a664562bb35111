#include "import_export/user_readers.hpp"

#include "unit/import_export/fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace roster::import_export {
namespace {

using namespace testing;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

ReadUsers read(std::string text, bool ignores_unknown = false) {
    return read_users(std::move(text), InputFormat::csv, ignores_unknown);
}

TEST(CsvReader, TakesColumnsInAnyOrder) {
    const auto all = read(
        "role,EMAIL,id,disabled,password,created_at,updated_at\r\n"
        "admin,a@a.com,3,TRUE,\"p,w\"\"12\",2026-11-22T09:00:00Z,2026-11-22T09:00:01Z\r\n"
        ",b@b.com,,false,,,\r\n");
    EXPECT_THAT(all.problems, IsEmpty());
    ASSERT_EQ(all.users.size(), 2U);
    EXPECT_EQ(all.users[0].role, Role::admin);
    EXPECT_EQ(all.users[0].id, UserId{3});
    EXPECT_TRUE(all.users[0].disabled);
    EXPECT_EQ(text_of(all.users[0].password), "p,w\"12");
    EXPECT_TRUE(all.users[0].created_at < all.users[0].updated_at);
    EXPECT_EQ(all.users[1].email, "b@b.com");
    EXPECT_EQ(all.users[1].role, std::nullopt);
    EXPECT_FALSE(all.users[1].id || all.users[1].created_at || all.users[1].disabled);
    EXPECT_EQ(all.users[1].line, 3U);
}

TEST(CsvReader, TakesHashes) {
    const auto all = read("email,password_hash\na@a.com," + std::string(kSha512Crypt) +
                          "\nb@b.com,\"" + std::string(kArgon2) + "\"\n");
    ASSERT_EQ(all.users.size(), 2U);
    EXPECT_EQ(text_of(all.users[0].password_hash), kSha512Crypt);
    EXPECT_EQ(text_of(all.users[1].password_hash), kArgon2);
}

TEST(CsvReader, TakesMetadataAsJson) {
    const auto all = read(
        "email,metadata\na@a.com,\"{ \"\"team\"\": \"\"red\"\", \"\"n\"\": 1 "
        "}\"\nb@b.com,\nc@c.com,{}\n");
    EXPECT_THAT(all.problems, IsEmpty());
    ASSERT_EQ(all.users.size(), 3U);
    EXPECT_EQ(all.users[0].metadata, "{\"team\":\"red\",\"n\":1}");
    EXPECT_EQ(all.users[1].metadata, "{}");
    EXPECT_EQ(all.users[2].metadata, "{}");
    EXPECT_THAT(read("email,metadata\na@a.com,red\n").problem(),
                HasSubstr("2: metadata: line 1, column 1: not JSON"));
    EXPECT_THAT(read("email,metadata\na@a.com,[]\n").problem(),
                HasSubstr("metadata is a JSON object"));
}

TEST(CsvReader, AllowsAByteOrderMarkAndEmptyLines) {
    const auto all = read("\xEF\xBB\xBF\r\nemail\r\n\r\na@a.com\r\n\r\nb@b.com");
    EXPECT_THAT(all.emails(), ElementsAre("a@a.com", "b@b.com"));
    EXPECT_EQ(all.users[1].line, 6U);
}

TEST(CsvReader, RefusesAHeaderThatIsNone) {
    EXPECT_THAT(read("role,id\nadmin,1\n").problem(), HasSubstr("1: the header, the first row"));
    EXPECT_THAT(read("a@a.com,pw12\n").problem(), HasSubstr("column 1: 'a@a.com' is not known"));
    EXPECT_THAT(read("email,phone\n").problem(), HasSubstr("column 2: 'phone' is not known"));
    EXPECT_THAT(read("email,Email\n").problem(), HasSubstr("column email twice"));
    EXPECT_THAT(read("email;role\na;b\n").problem(), HasSubstr("not separated by commas"));
    EXPECT_THAT(read("email,role\n,,\n,,\n").problems.size(), 2U);
}

TEST(CsvReader, ReadsNothingAfterABadHeader) {
    const auto all = read("email,phone\na@a.com,1\n");
    EXPECT_THAT(all.users, IsEmpty());
    EXPECT_EQ(all.problems.at(0).kind, LineProblem::Kind::ends_reading);
}

TEST(CsvReader, PassesOverUnknownColumnsWhenTold) {
    const auto all = read("phone,email,phone\n\"1\n2\",a@a.com,\n", true);
    EXPECT_THAT(all.emails(), ElementsAre("a@a.com"));
}

TEST(CsvReader, RefusesSingleLinesAndGoesOn) {
    const auto all = read(
        "email,role\n"
        "a@a.com\n"
        "b@b.com,user,x\n"
        "c@c.com,boss\n"
        ",user\n"
        "d@d.com,user\n");
    EXPECT_THAT(all.emails(), ElementsAre("d@d.com"));
    ASSERT_EQ(all.problems.size(), 4U);
    EXPECT_THAT(all.problems[0].text, HasSubstr("1 cell, where the header has 2"));
    EXPECT_THAT(all.problems[1].text, HasSubstr("3 cells"));
    EXPECT_THAT(all.problems[2].text, HasSubstr("role must be"));
    EXPECT_THAT(all.problems[3].text, HasSubstr("email is missing"));
    EXPECT_EQ(all.problems[3].line, 5U);
}

TEST(CsvReader, RefusesNumbersAndFlagsThatAreNone) {
    for (const char* id : {"0", "-1", "+1", " 1", "1.0", "x", "99999999999999999999"})
        EXPECT_THAT(read("email,id\na@a.com," + std::string(id) + "\n").problem(),
                    HasSubstr("id must be"))
            << id;
    EXPECT_EQ(read("email,id\na@a.com,007\n").users.at(0).id, UserId{7});
    for (const char* flag : {"1", "yes", "on"})
        EXPECT_THAT(read("email,disabled\na@a.com," + std::string(flag) + "\n").problem(),
                    HasSubstr("disabled must be"));
}

TEST(CsvReader, TakesNobodyAfterAQuoteOutOfPlace) {
    const auto all = read("email\na@a.com\nb\"@b.com\nc@c.com\n");
    EXPECT_THAT(all.emails(), ElementsAre("a@a.com"));
    EXPECT_EQ(all.problems.at(0).kind, LineProblem::Kind::ends_reading);
}

TEST(CsvReader, IsContentWithNothing) {
    EXPECT_THAT(read("").problems, IsEmpty());
    EXPECT_THAT(read("email\n").users, IsEmpty());
}

TEST(CsvReader, RecordsMayGoOverLines) {
    const auto all = read("email,password\na@a.com,\"b\r\n\r\nc\"\r\n\r\nd@d.com,\"e\nf\"\n");
    ASSERT_EQ(all.users.size(), 2U) << all.problem();
    EXPECT_EQ(text_of(all.users[0].password), "b\r\n\r\nc");
    EXPECT_EQ(text_of(all.users[1].password), "e\nf");
    EXPECT_EQ(all.users[1].line, 6U);
}

TEST(CsvReader, RefusesQuotesOutOfPlace) {
    EXPECT_THAT(read("email\nb\"c\n").problem(), HasSubstr("2: a quote is in a cell"));
    EXPECT_THAT(read("\"a\"b\n").problem(), HasSubstr("1: something follows a closing quote"));
    EXPECT_THAT(read("\"a\" ,b\n").problem(), HasSubstr("something follows"));
    EXPECT_THAT(read("email\n\"b\nc\nd").problem(), HasSubstr("2: a quote is opened"));
    EXPECT_THAT(read("\"").problem(), HasSubstr("1: a quote is opened"));
}

TEST(CsvReader, BoundsARecordOverAllItsLines) {
    std::string text = "email\n\"";
    while (text.size() < 3 * LineSource::kMaxLineBytes)
        text += std::string(100'000, 'x') + "\n";
    EXPECT_THAT(read(text).problem(), HasSubstr("2: longer than 1 MiB"));
    EXPECT_THAT(read("email\n" + std::string(2 * LineSource::kMaxLineBytes, 'x')).problem(),
                HasSubstr("2: longer than 1 MiB"));
}

TEST(CsvReader, RefusesBytesThatAreNoText) {
    EXPECT_THAT(read(std::string("email\nb\0c\n", 10)).problem(), HasSubstr("2: byte 2 is a NUL"));
    EXPECT_THAT(read("email\n\xC3\n").problem(), HasSubstr("2: this is not UTF-8"));
}

// In whatever pieces the bytes come.
TEST(CsvReader, TakesAnyCellInQuotes) {
    constexpr std::string_view kLetters = "a,\"\r\n =";
    std::mt19937 random(7);
    for (int round = 0; round < 300; ++round) {
        const std::string end = round % 2 == 0 ? "\r\n" : "\n";
        std::vector<std::string> passwords(1 + random() % 4);
        std::string text = "password,email" + end;
        for (std::string& password : passwords) {
            std::string quoted;
            for (std::size_t left = random() % 5; left > 0; --left) {
                password += kLetters[random() % kLetters.size()];
                quoted += password.back() == '"' ? "\"\"" : password.substr(password.size() - 1);
            }
            text += "\"" + quoted + "\"," + std::to_string(10 + random() % 90) + end;
        }
        const auto all = read_users(text, InputFormat::csv, false, 1 + random() % 9);
        ASSERT_EQ(all.users.size(), passwords.size()) << text;
        for (std::size_t i = 0; i < passwords.size(); ++i)
            ASSERT_EQ(text_of(all.users[i].password), passwords[i]) << text;
    }
}

}  // namespace
}  // namespace roster::import_export
