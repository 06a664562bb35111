#include "import_export/user_lines.hpp"

#include "core/time.hpp"
#include "unit/import_export/fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace roster::import_export {
namespace {

using namespace testing;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

User example() {
    User user;
    user.id = 7;
    user.email = "=\"a\",ö\\@a.com";
    user.password_hash = Secret(kArgon2);
    user.role = Role::admin;
    user.disabled = true;
    user.created_at = *parse_rfc3339("2026-11-22T09:00:00Z");
    user.updated_at = *parse_rfc3339("2026-11-23T09:00:00Z");
    user.metadata = R"({"a \"b\", c":[1.50,18446744073709551615,"ö\n"],"d":{}})";
    return user;
}

void expect_example(const ReadUsers& read, bool with_hash) {
    ASSERT_EQ(read.users.size(), 1U) << read.problem();
    const User user = example();
    const ImportedUser& back = read.users[0];
    EXPECT_EQ(back.id, user.id);
    EXPECT_EQ(back.email, user.email);
    EXPECT_EQ(text_of(back.password_hash), with_hash ? kArgon2 : "");
    EXPECT_EQ(back.role, user.role);
    EXPECT_EQ(back.disabled, user.disabled);
    EXPECT_EQ(back.created_at, user.created_at);
    EXPECT_EQ(back.updated_at, user.updated_at);
    EXPECT_EQ(back.metadata, user.metadata);
}

TEST(UserLines, ComeBackFromNdjson) {
    for (const bool with_hash : {true, false}) {
        std::string text;
        ExportedParts parts;
        parts.hashes = with_hash;
        append_ndjson_user(text, example(), parts);
        expect_example(read_users(text), with_hash);
    }
}

TEST(UserLines, ComeBackFromCsv) {
    for (const bool with_hash : {true, false}) {
        std::string text;
        ExportedParts parts;
        parts.hashes = with_hash;
        append_csv_header(text, parts);
        append_csv_user(text, example(), parts);
        expect_example(read_users(text), with_hash);
    }
}

TEST(UserLines, ComeBackWithoutAPassword) {
    User user = example();
    user.password_hash = Secret();
    ExportedParts parts;
    parts.hashes = true;
    std::string ndjson;
    append_ndjson_user(ndjson, user, parts);
    EXPECT_TRUE(read_users(ndjson).users.at(0).password_hash.empty());
    std::string csv;
    append_csv_header(csv, parts);
    append_csv_user(csv, user, parts);
    EXPECT_TRUE(read_users(csv).users.at(0).password_hash.empty());
}

TEST(UserLines, ComeBackWithoutMetadata) {
    User user = example();
    user.metadata = "{}";
    std::string ndjson;
    append_ndjson_user(ndjson, user, {});
    EXPECT_EQ(ndjson.find("metadata"), std::string::npos);
    EXPECT_EQ(read_users(ndjson).users.at(0).metadata, "{}");
    std::string csv;
    append_csv_header(csv, {});
    append_csv_user(csv, user, {});
    EXPECT_EQ(csv.find("{}"), std::string::npos);
    EXPECT_EQ(read_users(csv).users.at(0).metadata, "{}");
}

TEST(UserLines, AreReadAsUsers) {
    const User user = example();
    std::string line;
    append_ndjson_user(line, user, {true, false});
    const auto back = read_exported_user(line);
    ASSERT_TRUE(back);
    EXPECT_EQ(back->id, user.id);
    EXPECT_EQ(back->email, user.email);
    EXPECT_EQ(back->password_hash.reveal(), user.password_hash.reveal());
    EXPECT_EQ(back->role, user.role);
    EXPECT_TRUE(back->disabled);
    EXPECT_EQ(back->created_at, user.created_at);
    EXPECT_EQ(back->metadata, user.metadata);
    EXPECT_TRUE(read_exported_user(R"({"id":1,"email":"a@a.com","later":1})"));
    EXPECT_FALSE(read_exported_user(R"({"email":"a@a.com"})"));
    EXPECT_FALSE(read_exported_user("[]"));
}

TEST(UserLines, OfNewUsersHaveWhatIsSet) {
    std::string lines;
    CreateUser user("a@a.com", Secret(), Role::user);
    append_ndjson_user(lines, user);
    user.id = 7;
    user.created_at = *parse_rfc3339("2026-11-22T09:00:00Z");
    user.password_hash = Secret(kArgon2);
    user.profile.username = "al";
    append_ndjson_user(lines, user);
    EXPECT_EQ(
        lines,
        "{\"email\":\"a@a.com\",\"role\":\"user\",\"disabled\":false}\n"
        "{\"id\":7,\"email\":\"a@a.com\",\"username\":\"al\",\"password_hash\":\"" +
            std::string(kArgon2) +
            "\",\"role\":\"user\",\"disabled\":false,\"created_at\":\"2026-11-22T09:00:00Z\"}\n");
}

TEST(UserLines, HoldNoHashUnlessTold) {
    std::string text;
    append_ndjson_user(text, example(), {});
    append_csv_header(text, {});
    append_csv_user(text, example(), {});
    EXPECT_EQ(text.find("argon2"), std::string::npos);
}

TEST(UserLines, EscapeFormulasOnlyWhenTold) {
    ExportedParts parts;
    std::string text;
    append_csv_user(text, example(), parts);
    EXPECT_THAT(text, HasSubstr("7,\"=\"\"a"));
    parts.spreadsheet = true;
    append_csv_user(text, example(), parts);
    EXPECT_THAT(text, HasSubstr("7,\"'=\"\"a"));
    for (const std::string formula : {"=1", "+1", "-1", "@a"})
        EXPECT_EQ(without_formulas(formula), "'" + formula);
    EXPECT_EQ(without_formulas("x;=cmd|' /C calc'!A0;y"), "x;'=cmd|' /C calc'!A0;y");
    for (const char* harmless : {"a=1", "", "a;b", "1;2"})
        EXPECT_EQ(without_formulas(harmless), harmless);
}

}  // namespace
}  // namespace roster::import_export
