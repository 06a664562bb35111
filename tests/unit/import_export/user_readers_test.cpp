#include "import_export/user_readers.hpp"

#include "core/time.hpp"
#include "unit/import_export/fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace roster::import_export {
namespace {

using namespace testing;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

ReadUsers read_ndjson(std::string text, bool ignores_unknown = false) {
    return read_users(std::move(text), InputFormat::ndjson, ignores_unknown);
}

// What is wrong with a line, or "(taken)".
std::string refusal_of(std::string_view line, bool ignores_unknown = false) {
    const Imported parsed = parse_ndjson_user(line, 7, ignores_unknown);
    if (const auto* problem = std::get_if<LineProblem>(&parsed)) {
        EXPECT_EQ(problem->line, 7U);
        return problem->text + problem->with_option;
    }
    return "(taken)";
}

std::string htpasswd_refusal_of(std::string_view line) {
    const Imported parsed = parse_htpasswd_user(line, 7);
    const auto* problem = std::get_if<LineProblem>(&parsed);
    return problem ? problem->text : "(taken)";
}

TEST(NdjsonReader, TakesEveryMember) {
    const auto users =
        read_ndjson(R"({"id":7,"email":"a@a.com","password_hash":")" + std::string(kArgon2) +
                    R"(","role":"admin","disabled":true,)"
                    R"("created_at":"2026-11-22T09:00:00Z",)"
                    R"("metadata":{ "team": "\u0072ed", "n": [ 1.50, {} ] },)"
                    R"("updated_at":"2026-11-22T10:00:00+01:00"})"
                    "\n")
            .users;
    ASSERT_EQ(users.size(), 1U);
    EXPECT_EQ(users[0].line, 1U);
    EXPECT_EQ(users[0].id, UserId{7});
    EXPECT_EQ(users[0].email, "a@a.com");
    EXPECT_EQ(text_of(users[0].password_hash), kArgon2);
    EXPECT_TRUE(users[0].password.empty());
    EXPECT_EQ(users[0].role, Role::admin);
    EXPECT_TRUE(users[0].disabled);
    EXPECT_EQ(users[0].created_at, parse_rfc3339("2026-11-22T09:00:00Z"));
    EXPECT_EQ(users[0].updated_at, users[0].created_at);
    EXPECT_EQ(users[0].metadata, R"({"team":"red","n":[1.50,{}]})");
}

TEST(NdjsonReader, NeedsNothingButAnEmail) {
    const auto users =
        read_ndjson(R"({"email":"a@a.com","password":null,"role":null,"id":null,"metadata":null})")
            .users;
    ASSERT_EQ(users.size(), 1U);
    EXPECT_FALSE(users[0].id || users[0].created_at || users[0].updated_at || users[0].disabled);
    EXPECT_TRUE(users[0].password.empty() && users[0].password_hash.empty());
    EXPECT_EQ(users[0].role, std::nullopt);
    EXPECT_EQ(users[0].metadata, "{}");
}

TEST(NdjsonReader, SkipsEmptyLinesAndCountsThem) {
    const auto both = read_ndjson("\n{\"email\":\"a@a.com\"}\r\n  \t\r\n{\"email\":\"b@b.com\"}");
    EXPECT_THAT(both.emails(), ElementsAre("a@a.com", "b@b.com"));
    EXPECT_EQ(both.users[1].line, 4U);
    EXPECT_TRUE(both.problems.empty());
}

TEST(NdjsonReader, GoesOnAfterALineThatIsWrong) {
    const auto all = read_ndjson("{\"email\":\"a@a.com\"}\n{\n{\"email\":\"b@b.com\"}\n");
    EXPECT_THAT(all.emails(), ElementsAre("a@a.com", "b@b.com"));
    EXPECT_THAT(all.problem(), HasSubstr("2: column 2: the text ends in the middle"));
}

TEST(NdjsonReader, RefusesWhatIsNotAnObject) {
    EXPECT_THAT(refusal_of("7"), HasSubstr("a user is an object"));
    EXPECT_THAT(refusal_of("\"a@a.com\""), HasSubstr("a user is an object"));
    EXPECT_THAT(refusal_of("null"), HasSubstr("a user is an object"));
    EXPECT_THAT(refusal_of(R"([{"email":"a@a.com"}])"), HasSubstr("without [ ]"));
    EXPECT_THAT(refusal_of(R"({"email":"a@a.com"} {})"), HasSubstr("followed by something"));
    EXPECT_THAT(refusal_of(R"({"email":"a@a.com"},)"), HasSubstr("followed by something"));
    EXPECT_THAT(refusal_of("{\"email\":\"a@a.com\",\"role\":\"\xFF\"}"), HasSubstr("not UTF-8"));
    EXPECT_THAT(refusal_of(std::string_view("{\"email\":\"a\0\"}", 13)), HasSubstr("NUL"));
    EXPECT_THAT(refusal_of("{\"email\":\"\\ud800\"}"), HasSubstr("column"));
}

TEST(NdjsonReader, RefusesARepeatedMember) {
    EXPECT_THAT(refusal_of(R"({"email":"a@a.com","email":"b@b.com"})"),
                HasSubstr("\"email\" twice"));
    EXPECT_THAT(refusal_of(R"({"email":"a@a.com","\u0065mail":"b@b.com"})"), HasSubstr("twice"));
    EXPECT_THAT(refusal_of(R"({"email":"a@a.com","x":1,"x":1})", true), HasSubstr("twice"));
}

TEST(NdjsonReader, RefusesUnknownMembersUnlessItIsToldTo) {
    EXPECT_THAT(refusal_of(R"({"email":"a@a.com","admin":true})"),
                AllOf(HasSubstr("\"admin\" is not known here"), HasSubstr("--ignore-unknown")));
    EXPECT_EQ(
        refusal_of(R"({"email":"a@a.com","x":[1,{"email":7}],"y":{"id":"z"},"z":null})", true),
        "(taken)");
    EXPECT_THAT(refusal_of("{\"e\\u001bmail\":1}"), Not(HasSubstr("\x1b")));
}

TEST(NdjsonReader, RefusesValuesOfTheWrongKind) {
    const auto with = [](const std::string& member) {
        return refusal_of("{\"email\":\"a@a.com\"," + member + "}");
    };
    for (const char* id : {"0", "-1", "1.5", "\"7\"", "9007199254740991", "1e400", "[]", "true"})
        EXPECT_THAT(with("\"id\":" + std::string(id)), HasSubstr("\"id\" must be")) << id;
    EXPECT_EQ(with("\"id\":9007199254740990"), "(taken)");
    for (const char* flag : {"\"true\"", "1", "{}"})
        EXPECT_THAT(with("\"disabled\":" + std::string(flag)), HasSubstr("\"disabled\" must be"));
    for (const char* role : {"\"root\"", "\"Admin\"", "1", "[\"admin\"]"})
        EXPECT_THAT(with("\"role\":" + std::string(role)), HasSubstr("\"role\" must be"));
    for (const char* time : {"\"yesterday\"", "1732266000", "\"1969-12-31T23:59:59Z\""})
        EXPECT_THAT(with("\"created_at\":" + std::string(time)),
                    HasSubstr("\"created_at\" must be"));
    EXPECT_THAT(with("\"password\":12345678"), HasSubstr("\"password\" must be"));
    EXPECT_THAT(refusal_of(R"({"email":{"a":"b"}})"), HasSubstr("\"email\" must be"));
}

TEST(NdjsonReader, RefusesMetadataThatNoStoreTakes) {
    const auto with = [](const std::string& metadata) {
        return refusal_of("{\"metadata\":" + metadata + ",\"email\":\"a@a.com\"}", true);
    };
    for (const char* metadata : {"[]", "[{}]", "\"{}\"", "7", "true"})
        EXPECT_THAT(with(metadata), HasSubstr("\"metadata\" must be an object")) << metadata;
    EXPECT_THAT(with(R"({"a":[{"b":1,"\u0062":2}]})"),
                HasSubstr("\"b\" is there twice in one object"));
    EXPECT_THAT(with("{\"a\":\"" + std::string(16 * 1024, 'x') + "\"}"), HasSubstr("16 KiB"));
    EXPECT_THAT(with("{\"a\":" + std::string(32, '[') + std::string(32, ']') + "}"),
                HasSubstr("32 deep"));
    EXPECT_EQ(with(R"({"metadata":{"email":7},"email":[],"id":"x","x":null,"y":"z"})"), "(taken)");
    EXPECT_EQ(refusal_of(R"({"email":"a@a.com","x":{"metadata":{"a":1,"a":2}}})", true), "(taken)");
}

TEST(NdjsonReader, RefusesInvalidEmails) {
    EXPECT_THAT(refusal_of("{}"), HasSubstr("no \"email\""));
    EXPECT_THAT(refusal_of(R"({"email":null})"), HasSubstr("no \"email\""));
    EXPECT_THAT(refusal_of(R"({"email":"a"})"), HasSubstr("at least 2"));
    EXPECT_THAT(refusal_of("{\"email\":\"" + std::string(255, 'a') + "\"}"), HasSubstr("254"));
    EXPECT_THAT(refusal_of(R"({"email":"a\n@a.com"})"), HasSubstr("control characters"));
    EXPECT_THAT(refusal_of(R"({"email":"a\u0000@a.com"})"), HasSubstr("control characters"));
}

TEST(NdjsonReader, RefusesInvalidPasswordsAndHashes) {
    const auto with = [](std::string_view name, std::string_view value) {
        return refusal_of("{\"email\":\"a@a.com\",\"" + std::string(name) + "\":\"" +
                          std::string(value) + "\"}");
    };
    EXPECT_THAT(with("password", kBcrypt), HasSubstr("hashes belong into password_hash"));
    EXPECT_THAT(with("password_hash", "hunter22"), HasSubstr("belongs into password"));
    EXPECT_THAT(with("password_hash", ""), HasSubstr("is empty"));
    EXPECT_THAT(with("password_hash", "$apr1$saltsalt$0123456789012345678901"),
                HasSubstr("cannot check"));
    EXPECT_THAT(with("password_hash", "$argon2id$v=19$m=19456"), HasSubstr("not well-formed"));
    EXPECT_THAT(refusal_of(R"({"email":"a@a.com","password":"pw12","password_hash":")" +
                           std::string(kBcrypt) + "\"}"),
                HasSubstr("both"));
}

TEST(NdjsonReader, NeverRepeatsASecret) {
    EXPECT_THAT(refusal_of(R"({"email":"a@a.com","password_hash":"hunter22"})"),
                Not(HasSubstr("hunter22")));
    EXPECT_THAT(refusal_of("{\"email\":\"a@a.com\",\"password\":\"hunter22\x01\"}"),
                AllOf(HasSubstr("control character in a text"), Not(HasSubstr("hunter22"))));
    EXPECT_THAT(refusal_of(R"({"email":"a@a.com","password":"hunter22)"),
                Not(HasSubstr("hunter22")));
}

TEST(NdjsonReader, EndsWithALineThatIsTooLong) {
    const std::string long_line = "{\"email\":\"" + std::string(1024 * 1024, 'a') + "\"}";
    const auto all =
        read_ndjson("{\"email\":\"a@a.com\"}\n" + long_line + "\n{\"email\":\"b@b.com\"}\n");
    EXPECT_THAT(all.emails(), ElementsAre("a@a.com"));
    EXPECT_THAT(all.problem(), HasSubstr("2: longer than 1 MiB"));
    EXPECT_EQ(all.problems[0].kind, LineProblem::Kind::ends_reading);
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
    EXPECT_THAT(htpasswd_refusal_of("alice:$apr1$lZL6V/ci$eIMz/iKDkbtys/uU7LEK00"),
                HasSubstr("MD5"));
    EXPECT_THAT(htpasswd_refusal_of("alice:{SHA}5yfRRkrhJDbomacm2lsvEdg4GyY="), HasSubstr("SHA-1"));
    EXPECT_THAT(htpasswd_refusal_of("alice:rqXexS6ZhobKA"), HasSubstr("DES"));
    for (const char* line : {"alice:$apr1$lZL6V/ci$eIMz/iKDkbtys/uU7LEK00", "alice:rqXexS6ZhobKA"})
        EXPECT_THAT(htpasswd_refusal_of(line),
                    HasSubstr("too weak to be taken; leave the line out"));
}

TEST(HtpasswdReader, RefusesWhatIsNotANameWithAHash) {
    EXPECT_THAT(htpasswd_refusal_of("alice"), HasSubstr("no colon"));
    EXPECT_THAT(htpasswd_refusal_of("alice:"), HasSubstr("not a hash"));
    EXPECT_THAT(htpasswd_refusal_of("alice:hunter22"), HasSubstr("not a hash that roster knows"));
    EXPECT_THAT(htpasswd_refusal_of("alice:hunter22"), Not(HasSubstr("hunter22")));
    EXPECT_THAT(htpasswd_refusal_of("alice:realm:0123456789abcdef0123456789abcdef"),
                HasSubstr("htdigest"));
    EXPECT_THAT(htpasswd_refusal_of("alice:" + std::string(kBcrypt) + ":JBSWY3DPEHPK3PXP"),
                HasSubstr("keep these two fields"));
    EXPECT_THAT(htpasswd_refusal_of("alice:$$2y$$05$$" + std::string(kBcrypt.substr(7))),
                HasSubstr("each $ twice"));
    EXPECT_THAT(htpasswd_refusal_of(":" + std::string(kBcrypt)), HasSubstr("email is missing"));
    EXPECT_THAT(htpasswd_refusal_of("al\x07ice:" + std::string(kBcrypt)),
                HasSubstr("control or invisible characters"));
    EXPECT_THAT(htpasswd_refusal_of("alice:$2y$99$" + std::string(kBcrypt.substr(7))),
                Not("(taken)"));
    EXPECT_THAT(htpasswd_refusal_of("alice:" + std::string(kBcrypt.substr(0, 30))), Not("(taken)"));
    EXPECT_THAT(htpasswd_refusal_of("alice:" + std::string(kBcrypt) + " "), Not("(taken)"));
    EXPECT_THAT(htpasswd_refusal_of("\xFF:" + std::string(kBcrypt)), HasSubstr("not UTF-8"));
}

TEST(InputFormat, IsGuessedByTheFirstLine) {
    EXPECT_EQ(guess_input_format("{\"email\":1}"), InputFormat::ndjson);
    EXPECT_EQ(guess_input_format("  {}"), InputFormat::ndjson);
    EXPECT_EQ(guess_input_format("id,\"Email\",role"), InputFormat::csv);
    EXPECT_EQ(guess_input_format("email"), InputFormat::csv);
    EXPECT_EQ(guess_input_format("email;role"), InputFormat::csv);
    EXPECT_EQ(guess_input_format("alice:$2y$05$x"), InputFormat::htpasswd);
    EXPECT_EQ(guess_input_format("# a comment"), InputFormat::htpasswd);
    EXPECT_EQ(guess_input_format("name,e-mail"), std::nullopt);
    EXPECT_EQ(guess_input_format(""), std::nullopt);
}

TEST(InputFormat, HasNames) {
    EXPECT_EQ(parse_input_format("ndjson"), InputFormat::ndjson);
    EXPECT_EQ(parse_input_format("csv"), InputFormat::csv);
    EXPECT_EQ(parse_input_format("htpasswd"), InputFormat::htpasswd);
    EXPECT_EQ(parse_input_format("auto"), std::nullopt);
}

TEST(GuessedFormat, IsReadFromItsFirstLineOn) {
    EXPECT_THAT(read_users("\n{\"email\":\"a@a.com\"}\n{\"email\":\"b@b.com\"}").emails(),
                ElementsAre("a@a.com", "b@b.com"));
    EXPECT_THAT(read_users("\xEF\xBB\xBF"
                           "email\r\na@a.com\r\n")
                    .emails(),
                ElementsAre("a@a.com"));
    EXPECT_THAT(read_users("alice:" + std::string(kBcrypt)).emails(), ElementsAre("alice"));
    const auto nothing = read_users("\n \n");
    EXPECT_THAT(nothing.users, IsEmpty());
    EXPECT_THAT(nothing.problems, IsEmpty());
}

TEST(GuessedFormat, CountsLinesFromTheFirst) {
    EXPECT_THAT(read_users("\n\n{\"email\":1}\n").problem(), HasSubstr("\"email\" must be"));
}

TEST(GuessedFormat, RefusesWhatIsNone) {
    const auto all = read_users("name,mail\nalice,a@a.com\n");
    EXPECT_THAT(all.problem(), HasSubstr("--input-format"));
    EXPECT_EQ(all.problems[0].kind, LineProblem::Kind::ends_reading);
    EXPECT_THAT(read_users("{\n\t\"format\": 1\n}\n").problem(), HasSubstr("over several lines"));
    EXPECT_THAT(read_users("\x7F"
                           "ELF\x02\x01\xFF\n")
                    .problem(),
                HasSubstr("not UTF-8"));
    EXPECT_THAT(read_users(std::string("\xFF\xFE"
                                       "e\0m\0",
                                       6))
                    .problem(),
                HasSubstr("UTF-16"));
    EXPECT_THAT(read_users(std::string(2 * LineSource::kMaxLineBytes, 'x')).problem(),
                HasSubstr("longer than 1 MiB"));
}

// Whatever is done to a good text, each line is taken or refused.
TEST(UserReaders, SurviveDamageAnywhere) {
    const std::pair<InputFormat, std::string> texts[] = {
        {InputFormat::ndjson, R"({"id":7,"email":"a@a.com","password":"pw12","role":"admin",)"
                              R"("disabled":true,"created_at":"2026-11-22T09:00:00Z"})"},
        {InputFormat::csv,
         "id,email,password,role\r\n1,a@a.com,\"p\"\"w\",admin\r\n2,b@b.com,pw,\r\n"},
        {InputFormat::htpasswd, "alice:" + std::string(kBcrypt)},
    };
    std::mt19937 random(7);
    for (const auto& [format, good] : texts) {
        int refused = 0;
        for (int round = 0; round < 500; ++round) {
            std::string text = good;
            for (auto changes = 1 + random() % 3; changes > 0; --changes) {
                const std::size_t at = random() % text.size();
                switch (random() % 4) {
                    case 0: text[at] = static_cast<char>(random() % 256); break;
                    case 1: text[at] = ",\"\r\n\0x\xFF"[random() % 7]; break;
                    case 2: text.insert(at, text.substr(random() % text.size(), 8)); break;
                    default: text.erase(at, 1);
                }
            }
            const auto all = read_users(text, format, round % 2 == 0, 1 + random() % 64);
            if (!all.problems.empty()) ++refused;
            ASSERT_LE(all.users.size() + all.problems.size(), 12U) << text;
        }
        EXPECT_GT(refused, 100);
        EXPECT_LT(refused, 500);
    }
}

}  // namespace
}  // namespace roster::import_export
