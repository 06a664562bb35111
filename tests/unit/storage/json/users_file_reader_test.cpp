#include "storage/json/users_document.hpp"

#include "storage/json/users_file.hpp"
#include "storage/memory/packed_profile.hpp"
#include "support/password_hashes.hpp"
#include "unit/storage/support.hpp"

#include <string>
#include <vector>

namespace roster::storage {
namespace {

using namespace roster::storage::testing;

UsersDocument good(std::string_view text) {
    auto read = read_users_file(text, some_time());
    if (const auto* problem = std::get_if<Diagnostic>(&read))
        throw std::runtime_error(to_string(*problem));
    UsersDocument document = std::get<UsersDocument>(std::move(read));
    if (const auto problem = complete_document(some_time(), document))
        throw std::runtime_error(problem->text);
    return document;
}

// What is wrong with a text, with itself or with what a person left to be filled in.
std::optional<Diagnostic> problem_of(std::string_view text) {
    auto read = read_users_file(text, some_time());
    if (auto* problem = std::get_if<Diagnostic>(&read)) return *problem;
    const auto incomplete = complete_document(some_time(), std::get<UsersDocument>(read));
    if (!incomplete) return std::nullopt;
    return Diagnostic(incomplete->text, locate_token(text, incomplete->token));
}

std::string written(const UsersDocument& document) {
    UsersFileFrame frame;
    frame.revision = document.users.revision;
    frame.next_id = document.users.next_id;
    frame.members_before_users = document.members_before_users;
    frame.members_after_users = document.members_after_users;
    UsersFileWriter writer(frame);
    std::string text;
    writer.begin(text);
    for (const auto& chunk : document.users.chunks_above(0))
        for (std::size_t i = 0; i < chunk->size(); ++i) {
            const UserRecord& record = chunk->at(i);
            writer.user(to_fields(record, unpack(record.profile)), text);
        }
    writer.end(text);
    return text;
}

const std::string kHash(some_hash().reveal());

// A whole document, every member on a line of its own; the user's "id" is in line 7.
std::string whole_file() {
    return "{\n"
           "\t\"format\": 2,\n"
           "\t\"revision\": 42,\n"
           "\t\"next_id\": 10,\n"
           "\t\"users\": [\n"
           "\t\t{\n"
           "\t\t\t\"id\": 1,\n"
           "\t\t\t\"email\": \"a@a.com\",\n"
           "\t\t\t\"password\": \"" +
           kHash +
           "\",\n"
           "\t\t\t\"role\": \"admin\",\n"
           "\t\t\t\"created_at\": \"2026-11-22T09:00:00Z\",\n"
           "\t\t\t\"updated_at\": \"2026-11-22T09:00:00Z\",\n"
           "\t\t\t\"revision\": 42\n"
           "\t\t}\n"
           "\t]\n"
           "}\n";
}

std::string replaced(std::string text, std::string_view old, std::string_view with) {
    const auto at = text.find(old);
    if (at == std::string::npos) throw std::runtime_error("nothing to replace");
    return text.replace(at, old.size(), with);
}

TEST(UsersFile, ReadsWhatIsWritten) {
    const UsersDocument document = good(whole_file());
    EXPECT_FALSE(document.incomplete);
    EXPECT_EQ(document.users.revision, 42U);
    EXPECT_EQ(document.users.next_id, 10U);
    const auto user = document.users.find(1);
    ASSERT_TRUE(user);
    EXPECT_EQ(user->email, "a@a.com");
    EXPECT_EQ(user->password_hash, kHash);
    EXPECT_EQ(user->role, Role::admin);
    EXPECT_FALSE(user->disabled);
    EXPECT_EQ(user->created_at, some_time());
    EXPECT_EQ(user->revision, 42U);
    EXPECT_EQ(written(document), whole_file());
}

TEST(UsersFile, KeepsWhatItDoesNotKnow) {
    const std::string user_members =
        ",\n\t\t\t\"nick\": \"A \\\"b\\\" \\u0001\",\n\t\t\t\"n\": -1.50e+3,\n\t\t\t\"tags\": [\n"
        "\t\t\t\t1,\n\t\t\t\t[],\n\t\t\t\t{\n\t\t\t\t\t\"x\": null,\n\t\t\t\t\t\"y\": {}\n"
        "\t\t\t\t}\n\t\t\t],\n\t\t\t\"ok\": true";
    std::string text =
        replaced(whole_file(), "\"revision\": 42\n", "\"revision\": 42" + user_members + "\n");
    text = replaced(text, "\t\"users\"", "\t\"note\": \"mine\",\n\t\"users\"");
    text = replaced(text, "\t]\n}\n", "\t],\n\t\"after\": [\n\t\t1\n\t],\n\t\"end\": 7\n}\n");
    const UsersDocument document = good(text);
    EXPECT_FALSE(document.incomplete);
    EXPECT_EQ(written(document), text);
}

TEST(UsersFile, KeepsWhenCredentialsChanged) {
    const std::string text = replaced(whole_file(), "\"revision\": 42\n",
                                      "\"revision\": 42,\n\t\t\t\"credentials_revision\": 40\n");
    const UsersDocument document = good(text);
    EXPECT_EQ(document.users.find(1)->credentials_revision, 40U);
    EXPECT_FALSE(document.incomplete);
    EXPECT_EQ(written(document), text);
    const std::string zero =
        replaced(whole_file(), "\"role\"", "\"credentials_revision\": 0, \"role\"");
    EXPECT_EQ(written(good(zero)), whole_file());
}

TEST(UsersFile, APlainPasswordIsANewCredential) {
    const UsersDocument document = good(replaced(whole_file(), kHash, "plain"));
    EXPECT_EQ(document.users.revision, 43U);
    EXPECT_EQ(document.users.find(1)->revision, 43U);
    EXPECT_EQ(document.users.find(1)->credentials_revision, 43U);
}

// An id that a user had once may come back with a text; what was proved for that user then does
// not.
TEST(UsersFile, WhoIsNewInATextHasNewCredentials) {
    const UsersDocument document = good(replaced(
        whole_file(), "\t\t}\n",
        "\t\t},\n\t\t{\"id\": 7, \"email\": \"n@n.com\", \"password\": \"" + kHash + "\"}\n"));
    EXPECT_EQ(document.users.find(7)->credentials_revision, 43U);
    EXPECT_EQ(document.users.find(1)->credentials_revision, 0U);
}

// Before format 2 the members of a profile were unknown ones, and could hold anything.
TEST(UsersFile, WhatAProfileCannotHoldInAnOlderFormatIsSetAside) {
    const std::string values =
        "\"username\": \"Al B\", \"name\": {\"first\": [1.50]}, \"locale\": \"en_US\", "
        "\"groups\": [\"a\", \"b\", {\"c\": 1}], \"email_verified_at\": null, \"nick\": 1, ";
    const std::string old = replaced(whole_file(), "\"format\": 2", "\"format\": 1");
    const UsersDocument document = good(replaced(old, "\"role\"", values + "\"role\""));
    EXPECT_EQ(document.set_aside, 5U);
    EXPECT_TRUE(document.incomplete) << "the file is written again";
    const auto user = document.users.find(1);
    EXPECT_TRUE(user->profile.empty());
    EXPECT_EQ(user->unknown_members,
              R"("old_username":"Al B","old_name":{"first":[1.50]},"old_locale":"en_US",)"
              R"("old_groups":["a","b",{"c":1}],"old_email_verified_at":null,"nick":1)");
    EXPECT_EQ(written(good(written(document))), written(document));
    const UsersDocument fits = good(replaced(old, "\"role\"", "\"username\": \"al\", \"role\""));
    EXPECT_EQ(fits.set_aside, 0U);
    EXPECT_NE(written(fits).find("\"username\": \"al\""), std::string::npos);
}

TEST(UsersFile, AUsernameThatTwoHadInAnOlderFormatIsTheFirstOnes) {
    std::string text = replaced(whole_file(), "\"format\": 2", "\"format\": 1");
    text = replaced(text, "\"role\"", "\"username\": \"al\", \"role\"");
    text = replaced(text, "\t\t}\n",
                    "\t\t},\n\t\t{\"id\": 7, \"email\": \"n@n.com\", \"username\": \"AL\", "
                    "\"password\": \"" +
                        kHash + "\"}\n");
    const UsersDocument document = good(text);
    EXPECT_EQ(document.set_aside, 1U);
    EXPECT_EQ(document.users.find(7)->unknown_members, R"("old_username":"AL")");
    EXPECT_FALSE(document.users.find(1)->profile.empty());
}

TEST(UsersFile, WelcomesAnOldUsersFile) {
    const UsersDocument document = good(old_book());
    EXPECT_TRUE(document.incomplete);
    EXPECT_EQ(document.users.size(), 8U);
    EXPECT_EQ(document.users.next_id, 9U);
    EXPECT_EQ(document.users.admins(), 1U);
    EXPECT_EQ(document.users.find(1)->role, Role::admin);
    EXPECT_EQ(document.users.find(2)->role, Role::user);
    EXPECT_EQ(document.users.find(2)->created_at, some_time());
    ASSERT_EQ(document.plain_passwords.size(), 8U);
    EXPECT_EQ(document.plain_passwords[7].password.reveal(), "hhh");
    EXPECT_TRUE(document.users.find(8)->password_hash.empty());
}

TEST(UsersFile, TheFirstOfAnOldUsersFileIsAdministratorOnlyWhereNobodyHasARole) {
    const UsersDocument document =
        good(replaced(old_book(), "\"id\": 3,", "\"id\": 3, \"role\": \"admin\","));
    EXPECT_EQ(document.users.admins(), 1U);
    EXPECT_EQ(document.users.find(3)->role, Role::admin);
    EXPECT_EQ(document.users.find(1)->role, Role::user);
}

TEST(UsersFile, TakesOverTheHashesOfOtherPrograms) {
    for (const auto& known : roster::testing::kKnownHashes) {
        const std::string text = replaced(whole_file(), kHash, known.hash);
        const UsersDocument document = good(text);
        EXPECT_FALSE(document.incomplete) << known.hash;
        EXPECT_EQ(document.users.find(1)->password_hash, known.hash);
        EXPECT_EQ(written(document), text);
    }
}

TEST(UsersFile, CompletesAUserThatAPersonWrote) {
    const std::string added = replaced(
        whole_file(), "\t\t}\n", "\t\t},\n\t\t{\"email\": \"n@n.com\", \"password\": \"pw\"}\n");
    const UsersDocument document = good(added);
    EXPECT_TRUE(document.incomplete);
    const auto user = document.users.find(10);
    ASSERT_TRUE(user);
    EXPECT_EQ(user->email, "n@n.com");
    EXPECT_EQ(user->role, Role::user);
    EXPECT_EQ(user->revision, 43U);
    EXPECT_EQ(document.users.revision, 43U);
    EXPECT_EQ(document.users.next_id, 11U);
}

TEST(UsersFile, OrderAndSpaceDoNotMatter) {
    const UsersDocument document =
        good(" {\"users\":[{\"password\":\"" + kHash +
             "\",\"email\":\"b@b\",\"id\":7},{\"password\":\"\",\"email\":\"a@a\",\"id\":2}"
             "],\"next_id\":3,\"revision\":1,\"format\":1}\r\n\t ");
    EXPECT_EQ(document.users.next_id, 8U) << "ids are never given twice";
    EXPECT_TRUE(document.users.find(2)->password_hash.empty());
    EXPECT_EQ(document.users.find_by_login("B@B")->id, 7U);
}

TEST(UsersFile, ATextInPiecesIsOneText) {
    const UsersDocument document =
        good(replaced(whole_file(), "a@a.com", "\\u0061\\u0040a.c\\u00f6m"));
    EXPECT_EQ(document.users.find(1)->email, "a@a.cöm");
}

struct Refusal {
    std::string name;
    std::string text;
    struct Place {
        std::size_t line;
        std::size_t column;
    };
    Place place;
    std::string says;

    friend std::ostream& operator<<(std::ostream& out, const Refusal& refusal) {
        return out << refusal.name;
    }
};

class UsersFileRefusal : public ::testing::TestWithParam<Refusal> {};

TEST_P(UsersFileRefusal, NamesThePlace) {
    const auto problem = problem_of(GetParam().text);
    ASSERT_TRUE(problem);
    EXPECT_EQ(problem->location.line, GetParam().place.line) << problem->text;
    EXPECT_EQ(problem->location.column, GetParam().place.column) << problem->text;
    EXPECT_NE(problem->text.find(GetParam().says), std::string::npos) << problem->text;
}

Refusal in_file(std::string name, std::string_view old, std::string_view with, Refusal::Place place,
                std::string says) {
    return {std::move(name), replaced(whole_file(), old, with), place, std::move(says)};
}

std::vector<Refusal> damages() {
    return {
        {"Empty", "", {1, 1}, "empty"},
        {"OnlySpace", " \n\t", {2, 2}, "empty"},
        {"Cut", whole_file().substr(0, 30), {3, 15}, "ends in the middle"},
        {"CutInAString", whole_file().substr(0, whole_file().find("a@a") + 2), {8, 16}, "middle"},
        {"ByteOrderMark", "\xEF\xBB\xBF" + whole_file(), {1, 1}, "byte order mark"},
        {"Array", "[]", {1, 1}, "object"},
        {"Nothing", "null", {1, 1}, "object"},
        {"Trailing", whole_file() + "x", {17, 1}, "followed by something else"},
        {"TwoUsersFiles", whole_file() + whole_file(), {17, 1}, "followed by something else"},
        {"NoUsers", "{\"a\": 1}", {1, 1}, "no \"users\""},
        {"UsersNoArray", "{\"users\": {}}", {1, 11}, "array"},
        {"UserNoObject", "{\"users\": [7]}", {1, 12}, "objects"},
        in_file("Nul", "\"id\"", std::string_view("\"i\0d\"", 5), {7, 6}, ""),
        in_file("NulOutside", "\"id\"", std::string_view("\0\"id\"", 5), {7, 4}, "NUL"),
        in_file("BadUtf8", "a@a.com", "a@\xFF.com", {8, 16}, "UTF-8"),
        in_file("ControlInText", "a@a.com", "a@\n.com", {8, 16}, "line break"),
        in_file("LastComma", "\t\t}\n", "\t\t},\n", {15, 2}, "a comma before ]"),
        in_file("HashComment", "\t\"format\"", "# mine\n\t\"format\"", {2, 1}, "a comment"),
        in_file("Word", "\"admin\"", "admin", {10, 12}, "not JSON"),
        in_file("EscapedControl", "a@a.com", "a@\\n.com", {8, 13}, "control"),
        in_file("TrailingComma", "\"revision\": 42\n", "\"revision\": 42,\n", {14, 3},
                "a comma before }"),
        in_file("MissingComma", "\"role\": \"admin\",", "\"role\": \"admin\"", {11, 4},
                "a comma is missing"),
        in_file("SingleQuotes", "\"admin\"", "'admin'", {10, 12}, "single quote"),
        in_file("Comment", "\t\"format\"", "// mine\n\t\"format\"", {2, 1}, "a comment"),
        in_file("Format", "\"format\": 2", "\"format\": 3", {2, 12}, "newer"),
        in_file("FormatZero", "\"format\": 2", "\"format\": 0", {2, 12}, "format"),
        in_file("Username", "\"role\"", "\"username\": \"a b\", \"role\"", {10, 16}, "username"),
        in_file("Groups", "\"role\"", "\"groups\": [\"a\", 7], \"role\"", {10, 20}, "groups"),
        in_file("FormatText", "\"format\": 2", "\"format\": \"1\"", {2, 12}, "format"),
        in_file("NoFormat", "\t\"format\": 2,\n", "", {2, 2}, "no \"format\""),
        in_file("NoRevision", "\t\"revision\": 42,\n", "", {1, 1}, "no \"revision\""),
        in_file("NoNextId", "\t\"next_id\": 10,\n", "", {1, 1}, "no \"next_id\""),
        in_file("NextIdZero", "\"next_id\": 10", "\"next_id\": 0", {4, 13}, "next_id"),
        in_file("NextIdTooLarge", "\"next_id\": 10", "\"next_id\": 9007199254740992", {4, 13},
                "next_id"),
        in_file("RevisionNegative", "\"revision\": 42,", "\"revision\": -1,", {3, 14}, "revision"),
        in_file("RevisionTrue", "\"revision\": 42,", "\"revision\": true,", {3, 14}, "revision"),
        in_file("TwiceOnTop", "\"next_id\": 10", "\"revision\": 10", {4, 2}, "twice"),
        in_file("TwiceInUser", "\"role\"", "\"email\"", {10, 4}, "twice"),
        in_file("TwiceUnknown", "\"role\"", "\"x\": 1,\n\t\t\t\"x\": 2,\n\t\t\t\"role\"", {11, 4},
                "twice"),
        in_file("TwiceInUnknown", "\"role\"", "\"x\": {\"y\": 1, \"y\": 2}, \"role\"", {10, 18},
                "twice"),
        in_file("SlipOnTop", "\"format\"", "\"formaT\"", {2, 2}, "is \"format\" meant"),
        in_file("SlipUsers", "\"users\"", "\"user\"", {5, 2}, "is \"users\" meant"),
        in_file("SlipInUser", "\"role\"", "\"rule\"", {10, 4}, "is \"role\" meant"),
        in_file("SlipOfDisabled", "\"role\"", "\"disable\": true,\n\t\t\t\"role\"", {10, 4},
                "is \"disabled\" meant"),
        in_file("NoEmail", "\t\t\t\"email\": \"a@a.com\",\n", "", {6, 3}, "no \"email\""),
        in_file("NoId", "\t\t\t\"id\": 1,\n", "", {6, 3}, "no \"id\""),
        in_file("NoRole", "\t\t\t\"role\": \"admin\",\n", "", {6, 3}, "no \"role\""),
        in_file("IdText", "\"id\": 1,", "\"id\": \"1\",", {7, 10}, "\"id\""),
        in_file("IdZero", "\"id\": 1,", "\"id\": 0,", {7, 10}, "\"id\""),
        in_file("IdNegative", "\"id\": 1,", "\"id\": -1,", {7, 10}, "\"id\""),
        in_file("IdFraction", "\"id\": 1,", "\"id\": 1.0,", {7, 10}, "\"id\""),
        in_file("IdTooLarge", "\"id\": 1,", "\"id\": 18446744073709551617,", {7, 10}, "\"id\""),
        in_file("IdNull", "\"id\": 1,", "\"id\": null,", {7, 10}, "\"id\""),
        in_file("IdArray", "\"id\": 1,", "\"id\": [1],", {7, 10}, "\"id\""),
        in_file("EmailNumber", "\"a@a.com\"", "5", {8, 13}, "\"email\""),
        in_file("EmailEmpty", "\"a@a.com\"", "\"\"", {8, 13}, "\"email\""),
        in_file("EmailTooLong", "a@a.com", std::string(255, 'a'), {8, 13}, "\"email\""),
        in_file("EmailObject", "\"a@a.com\"", "{\"a\": 1}", {8, 13}, "\"email\""),
        in_file("PasswordNull", "\"" + kHash + "\"", "null", {9, 16}, "\"password\""),
        in_file("PasswordForeign", kHash, "$1$saltsalt$abcdefgh", {9, 16}, "cannot check"),
        in_file("PasswordCut", kHash, "$2b$12$abcdefgh", {9, 16}, "not well-formed"),
        in_file("PasswordTooCostly", "m=19456", "m=99999999", {9, 16}, "costs more"),
        in_file("PasswordTooLong", kHash, std::string(1025, 'p'), {9, 16}, "1024"),
        in_file("RoleUnknown", "\"admin\"", "\"root\"", {10, 12}, "\"role\""),
        in_file("RoleNumber", "\"admin\"", "1", {10, 12}, "\"role\""),
        in_file("DisabledText", "\"role\"", "\"disabled\": \"no\", \"role\"", {10, 16},
                "\"disabled\""),
        in_file("TimeNone", "\"2026-11-22T09:00:00Z\"", "\"yesterday\"", {11, 18}, "created_at"),
        in_file("TimeTooEarly", "2026-11-22T09:00:00Z", "1969-12-31T23:59:59Z", {11, 18},
                "created_at"),
        in_file("UserRevisionTooLarge", "\"revision\": 42\n", "\"revision\": 43\n", {13, 16},
                "above the file's"),
        in_file("CredentialsRevisionTooLarge", "\"revision\": 42\n",
                "\"revision\": 42,\n\t\t\t\"credentials_revision\": 43\n", {14, 28},
                "\"credentials_revision\" is above the file's"),
        in_file("CredentialsRevisionNegative", "\"role\"", "\"credentials_revision\": -1, \"role\"",
                {10, 28}, "whole number"),
        in_file("CredentialsRevisionText", "\"role\"", "\"credentials_revision\": \"1\", \"role\"",
                {10, 28}, "whole number"),
        in_file("CredentialsRevisionNull", "\"role\"", "\"credentials_revision\": null, \"role\"",
                {10, 28}, "whole number"),
        in_file("CredentialsRevisionHuge", "\"role\"",
                "\"credentials_revision\": 9007199254740992, \"role\"", {10, 28}, "whole number"),
        in_file("SlipOfCredentialsRevision", "\"role\"", "\"credential_revision\": 1, \"role\"",
                {10, 4}, "is \"credentials_revision\" meant"),
        in_file("MetadataText", "\"role\"", "\"metadata\": \"{}\", \"role\"", {10, 16},
                "\"metadata\" must be an object"),
        in_file("MetadataNull", "\"role\"", "\"metadata\": null, \"role\"", {10, 16},
                "\"metadata\" must be an object"),
        in_file("MetadataNumber", "\"role\"", "\"metadata\": 7, \"role\"", {10, 16},
                "\"metadata\" must be an object"),
        in_file("MetadataArray", "\"role\"", "\"metadata\": [{}], \"role\"", {10, 16},
                "\"metadata\" must be an object"),
        in_file("MetadataTwice", "\"role\"", "\"metadata\": {}, \"metadata\": {}, \"role\"",
                {10, 20}, "twice"),
        in_file("TwiceInMetadata", "\"role\"", "\"metadata\": {\"y\": 1, \"y\": 2}, \"role\"",
                {10, 25}, "twice"),
        in_file("MetadataTooLong", "\"role\"",
                "\"metadata\": {\"a\": \"" + std::string(16 * 1024, 'x') + "\"}, \"role\"",
                {10, 16}, "16 KiB"),
        in_file(
            "MetadataTooDeep", "\"role\"",
            "\"metadata\": {\"a\": " + std::string(32, '[') + std::string(32, ']') + "}, \"role\"",
            {10, 53}, "deep"),
        in_file("IdTwice", "\t\t}\n",
                "\t\t},\n\t\t{\"email\": \"b@b.com\", \"password\": \"x\",\n\"id\": 1}\n", {16, 7},
                "two users have the id 1"),
        in_file("EmailTwice", "\t\t}\n",
                "\t\t},\n\t\t{\"id\": 2, \"email\": \"A@A.COM\", \"password\": \"x\"}\n", {15, 22},
                "two users have the e-mail"),
        in_file("EmailTwiceWithoutId", "\t\t}\n",
                "\t\t},\n\t\t{\"email\": \"A@A.COM\", \"password\": \"x\"}\n", {15, 13},
                "two users have the e-mail"),
        in_file("TooDeep", "\"role\"",
                "\"x\": " + std::string(40, '[') + std::string(40, ']') + ", \"role\"", {10, 41},
                "deep"),
        {"PlaceInCharacters", "{\"비밀\": 1, \"users\": 2}", {1, 20}, "array"},
    };
}

INSTANTIATE_TEST_SUITE_P(Damages, UsersFileRefusal, ::testing::ValuesIn(damages()),
                         [](const auto& refusal) { return refusal.param.name; });

TEST(UsersFile, NoCutOfAUsersFileIsAUsersFile) {
    const std::string text = whole_file();
    for (std::size_t size = 0; size + 2 < text.size(); ++size) {
        const auto read = read_users_file(text.substr(0, size), some_time());
        EXPECT_TRUE(std::holds_alternative<Diagnostic>(read)) << size;
    }
}

// A bit that flips in a value may make another value of it; in a name or a bracket it is noticed.
TEST(UsersFile, AFlippedBitIsRefusedOrReadAsAValue) {
    const std::string text = whole_file();
    const UsersDocument original = good(text);
    for (std::size_t i = 0; i < text.size() * 8; ++i) {
        std::string flipped = text;
        flipped[i / 8] = static_cast<char>(flipped[i / 8] ^ (1 << (i % 8)));
        const auto read = read_users_file(flipped, some_time());
        const auto* document = std::get_if<UsersDocument>(&read);
        if (document == nullptr) continue;
        EXPECT_EQ(document->users.size(), 1U) << flipped;
        EXPECT_EQ(document->users.admins(), 1U) << flipped;
        EXPECT_TRUE(document->members_before_users.empty()) << flipped;
    }
}

}  // namespace
}  // namespace roster::storage
