#include "storage/json/users_file_reader.hpp"

#include "storage/json/users_file_writer.hpp"
#include "support/password_hashes.hpp"
#include "unit/storage/support.hpp"

#include <string>
#include <vector>

namespace roster::storage {
namespace {

using namespace roster::storage::testing;

UsersDocument good(std::string_view text) {
    auto read = read_book(text, some_time());
    if (const auto* problem = std::get_if<UsersFileProblem>(&read))
        throw std::runtime_error(std::to_string(problem->place.line) + ":" +
                                 std::to_string(problem->place.column) + ": " + problem->text);
    UsersDocument book = std::get<UsersDocument>(std::move(read));
    if (const auto problem = complete_book(some_time(), book))
        throw std::runtime_error(problem->text);
    return book;
}

// What is wrong with a text, with itself or with what a person left to be filled in.
std::optional<UsersFileProblem> problem_of(std::string_view text) {
    auto read = read_book(text, some_time());
    if (auto* problem = std::get_if<UsersFileProblem>(&read)) return *problem;
    const auto incomplete = complete_book(some_time(), std::get<UsersDocument>(read));
    if (!incomplete) return std::nullopt;
    return UsersFileProblem{place_of_token(text, incomplete->token), incomplete->text};
}

std::string written(const UsersDocument& book) {
    UsersFileFrame frame;
    frame.revision = book.users.revision;
    frame.next_id = book.users.next_id;
    frame.members_before_users = book.members_before_users;
    frame.members_after_users = book.members_after_users;
    UsersFileWriter writer(frame);
    std::string text;
    writer.begin(text);
    for (const auto& chunk : book.users.table().chunks_above(0))
        for (std::size_t i = 0; i < chunk->size(); ++i)
            writer.user(chunk->at(i), text);
    writer.end(text);
    return text;
}

const std::string kHash(some_hash().reveal());

// A whole book, every member on a line of its own; the user's "id" is in line 7.
std::string whole_book() {
    return "{\n"
           "\t\"format\": 1,\n"
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

TEST(BookReader, ReadsWhatIsWritten) {
    const UsersDocument book = good(whole_book());
    EXPECT_FALSE(book.incomplete);
    EXPECT_EQ(book.users.revision, 42U);
    EXPECT_EQ(book.users.next_id, 10U);
    const auto user = book.users.find(1);
    ASSERT_TRUE(user);
    EXPECT_EQ(user->email, "a@a.com");
    EXPECT_EQ(user->password_hash, kHash);
    EXPECT_EQ(user->role, Role::admin);
    EXPECT_FALSE(user->disabled);
    EXPECT_EQ(user->created_at, some_time());
    EXPECT_EQ(user->revision, 42U);
    EXPECT_EQ(written(book), whole_book());
}

TEST(BookReader, KeepsWhatItDoesNotKnow) {
    const std::string user_members =
        ",\n\t\t\t\"nick\": \"A \\\"b\\\" \\u0001\",\n\t\t\t\"n\": -1.50e+3,\n\t\t\t\"tags\": [\n"
        "\t\t\t\t1,\n\t\t\t\t[],\n\t\t\t\t{\n\t\t\t\t\t\"x\": null,\n\t\t\t\t\t\"y\": {}\n"
        "\t\t\t\t}\n\t\t\t],\n\t\t\t\"ok\": true";
    std::string text =
        replaced(whole_book(), "\"revision\": 42\n", "\"revision\": 42" + user_members + "\n");
    text = replaced(text, "\t\"users\"", "\t\"note\": \"mine\",\n\t\"users\"");
    text = replaced(text, "\t]\n}\n", "\t],\n\t\"after\": [\n\t\t1\n\t],\n\t\"end\": 7\n}\n");
    const UsersDocument book = good(text);
    EXPECT_FALSE(book.incomplete);
    EXPECT_EQ(written(book), text);
}

TEST(BookReader, KeepsWhenCredentialsChanged) {
    const std::string text = replaced(whole_book(), "\"revision\": 42\n",
                                      "\"revision\": 42,\n\t\t\t\"credentials_revision\": 40\n");
    const UsersDocument book = good(text);
    EXPECT_EQ(book.users.find(1)->credentials_revision, 40U);
    EXPECT_FALSE(book.incomplete);
    EXPECT_EQ(written(book), text);
    const std::string zero =
        replaced(whole_book(), "\"role\"", "\"credentials_revision\": 0, \"role\"");
    EXPECT_EQ(written(good(zero)), whole_book());
}

TEST(BookReader, APlainPasswordIsANewCredential) {
    const UsersDocument book = good(replaced(whole_book(), kHash, "plain"));
    EXPECT_EQ(book.users.revision, 43U);
    EXPECT_EQ(book.users.find(1)->revision, 43U);
    EXPECT_EQ(book.users.find(1)->credentials_revision, 43U);
}

// An id that somebody had once may come back with a text; what was proved for him then does not.
TEST(BookReader, WhoIsNewInATextHasNewCredentials) {
    const UsersDocument book = good(replaced(
        whole_book(), "\t\t}\n",
        "\t\t},\n\t\t{\"id\": 7, \"email\": \"n@n.com\", \"password\": \"" + kHash + "\"}\n"));
    EXPECT_EQ(book.users.find(7)->credentials_revision, 43U);
    EXPECT_EQ(book.users.find(1)->credentials_revision, 0U);
}

TEST(BookReader, WelcomesAnOldBook) {
    const UsersDocument book = good(old_book());
    EXPECT_TRUE(book.incomplete);
    EXPECT_EQ(book.users.size(), 8U);
    EXPECT_EQ(book.users.next_id, 9U);
    EXPECT_EQ(book.users.admins(), 1U);
    EXPECT_EQ(book.users.find(1)->role, Role::admin);
    EXPECT_EQ(book.users.find(2)->role, Role::user);
    EXPECT_EQ(book.users.find(2)->created_at, some_time());
    ASSERT_EQ(book.plain_passwords.size(), 8U);
    EXPECT_EQ(book.plain_passwords[7].password.reveal(), "hhh");
    EXPECT_TRUE(book.users.find(8)->password_hash.empty());
}

TEST(BookReader, TheFirstOfAnOldBookIsAdministratorOnlyWhereNobodyHasARole) {
    const UsersDocument book =
        good(replaced(old_book(), "\"id\": 3,", "\"id\": 3, \"role\": \"admin\","));
    EXPECT_EQ(book.users.admins(), 1U);
    EXPECT_EQ(book.users.find(3)->role, Role::admin);
    EXPECT_EQ(book.users.find(1)->role, Role::user);
}

TEST(BookReader, TakesOverTheHashesOfOtherPrograms) {
    for (const auto& known : roster::testing::kKnownHashes) {
        const std::string text = replaced(whole_book(), kHash, known.hash);
        const UsersDocument book = good(text);
        EXPECT_FALSE(book.incomplete) << known.hash;
        EXPECT_EQ(book.users.find(1)->password_hash, known.hash);
        EXPECT_EQ(written(book), text);
    }
}

TEST(BookReader, CompletesAUserThatAPersonWrote) {
    const std::string added = replaced(
        whole_book(), "\t\t}\n", "\t\t},\n\t\t{\"email\": \"n@n.com\", \"password\": \"pw\"}\n");
    const UsersDocument book = good(added);
    EXPECT_TRUE(book.incomplete);
    const auto user = book.users.find(10);
    ASSERT_TRUE(user);
    EXPECT_EQ(user->email, "n@n.com");
    EXPECT_EQ(user->role, Role::user);
    EXPECT_EQ(user->revision, 43U);
    EXPECT_EQ(book.users.revision, 43U);
    EXPECT_EQ(book.users.next_id, 11U);
}

TEST(BookReader, OrderAndSpaceDoNotMatter) {
    const UsersDocument book =
        good(" {\"users\":[{\"password\":\"" + kHash +
             "\",\"email\":\"b@b\",\"id\":7},{\"password\":\"\",\"email\":\"a@a\",\"id\":2}"
             "],\"next_id\":3,\"revision\":1,\"format\":1}\r\n\t ");
    EXPECT_EQ(book.users.next_id, 8U) << "ids are never given twice";
    EXPECT_TRUE(book.users.find(2)->password_hash.empty());
    EXPECT_EQ(book.users.find_by_email("B@B")->id, 7U);
}

TEST(BookReader, ATextInPiecesIsOneText) {
    const UsersDocument book = good(replaced(whole_book(), "a@a.com", "\\u0061\\u0040a.c\\u00f6m"));
    EXPECT_EQ(book.users.find(1)->email, "a@a.cöm");
}

struct Refusal {
    std::string name;
    std::string text;
    Place place;
    std::string says;

    friend std::ostream& operator<<(std::ostream& out, const Refusal& refusal) {
        return out << refusal.name;
    }
};

class BookReaderRefusal : public ::testing::TestWithParam<Refusal> {};

TEST_P(BookReaderRefusal, NamesThePlace) {
    const auto problem = problem_of(GetParam().text);
    ASSERT_TRUE(problem);
    EXPECT_EQ(problem->place.line, GetParam().place.line) << problem->text;
    EXPECT_EQ(problem->place.column, GetParam().place.column) << problem->text;
    EXPECT_NE(problem->text.find(GetParam().says), std::string::npos) << problem->text;
}

Refusal in_book(std::string name, std::string_view old, std::string_view with, Place place,
                std::string says) {
    return {std::move(name), replaced(whole_book(), old, with), place, std::move(says)};
}

std::vector<Refusal> damages() {
    return {
        {"Empty", "", {1, 1}, "empty"},
        {"OnlySpace", " \n\t", {2, 2}, "empty"},
        {"Cut", whole_book().substr(0, 30), {3, 15}, "ends in the middle"},
        {"CutInAString", whole_book().substr(0, whole_book().find("a@a") + 2), {8, 16}, "middle"},
        {"ByteOrderMark", "\xEF\xBB\xBF" + whole_book(), {1, 1}, "byte order mark"},
        {"Array", "[]", {1, 1}, "object"},
        {"Nothing", "null", {1, 1}, "object"},
        {"Trailing", whole_book() + "x", {17, 1}, "follows the end"},
        {"TwoBooks", whole_book() + whole_book(), {17, 1}, "follows the end"},
        {"NoUsers", "{\"a\": 1}", {1, 1}, "no \"users\""},
        {"UsersNoArray", "{\"users\": {}}", {1, 11}, "array"},
        {"UserNoObject", "{\"users\": [7]}", {1, 12}, "objects"},
        in_book("Nul", "\"id\"", std::string_view("\"i\0d\"", 5), {7, 6}, ""),
        in_book("NulOutside", "\"id\"", std::string_view("\0\"id\"", 5), {7, 4}, "NUL"),
        in_book("BadUtf8", "a@a.com", "a@\xFF.com", {8, 16}, "UTF-8"),
        in_book("ControlInText", "a@a.com", "a@\n.com", {8, 16}, "JSON"),
        in_book("EscapedControl", "a@a.com", "a@\\n.com", {8, 13}, "control"),
        in_book("TrailingComma", "\"revision\": 42\n", "\"revision\": 42,\n", {14, 3}, "JSON"),
        in_book("MissingComma", "\"role\": \"admin\",", "\"role\": \"admin\"", {11, 4}, "JSON"),
        in_book("SingleQuotes", "\"admin\"", "'admin'", {10, 12}, "JSON"),
        in_book("Comment", "\t\"format\"", "// mine\n\t\"format\"", {2, 1}, "JSON"),
        in_book("Format", "\"format\": 1", "\"format\": 2", {2, 12}, "newer"),
        in_book("FormatText", "\"format\": 1", "\"format\": \"1\"", {2, 12}, "format"),
        in_book("NoFormat", "\t\"format\": 1,\n", "", {2, 2}, "no \"format\""),
        in_book("NoRevision", "\t\"revision\": 42,\n", "", {1, 1}, "no \"revision\""),
        in_book("NoNextId", "\t\"next_id\": 10,\n", "", {1, 1}, "no \"next_id\""),
        in_book("NextIdZero", "\"next_id\": 10", "\"next_id\": 0", {4, 13}, "next_id"),
        in_book("NextIdTooLarge", "\"next_id\": 10", "\"next_id\": 9007199254740992", {4, 13},
                "next_id"),
        in_book("RevisionNegative", "\"revision\": 42,", "\"revision\": -1,", {3, 14}, "revision"),
        in_book("RevisionTrue", "\"revision\": 42,", "\"revision\": true,", {3, 14}, "revision"),
        in_book("TwiceOnTop", "\"next_id\": 10", "\"revision\": 10", {4, 2}, "twice"),
        in_book("TwiceInUser", "\"role\"", "\"email\"", {10, 4}, "twice"),
        in_book("TwiceUnknown", "\"role\"", "\"x\": 1,\n\t\t\t\"x\": 2,\n\t\t\t\"role\"", {11, 4},
                "twice"),
        in_book("TwiceInUnknown", "\"role\"", "\"x\": {\"y\": 1, \"y\": 2}, \"role\"", {10, 18},
                "twice"),
        in_book("SlipOnTop", "\"format\"", "\"formaT\"", {2, 2}, "is \"format\" meant"),
        in_book("SlipUsers", "\"users\"", "\"user\"", {5, 2}, "is \"users\" meant"),
        in_book("SlipInUser", "\"role\"", "\"rule\"", {10, 4}, "is \"role\" meant"),
        in_book("SlipOfDisabled", "\"role\"", "\"disable\": true,\n\t\t\t\"role\"", {10, 4},
                "is \"disabled\" meant"),
        in_book("NoEmail", "\t\t\t\"email\": \"a@a.com\",\n", "", {6, 3}, "no \"email\""),
        in_book("NoId", "\t\t\t\"id\": 1,\n", "", {6, 3}, "no \"id\""),
        in_book("NoRole", "\t\t\t\"role\": \"admin\",\n", "", {6, 3}, "no \"role\""),
        in_book("IdText", "\"id\": 1,", "\"id\": \"1\",", {7, 10}, "\"id\""),
        in_book("IdZero", "\"id\": 1,", "\"id\": 0,", {7, 10}, "\"id\""),
        in_book("IdNegative", "\"id\": 1,", "\"id\": -1,", {7, 10}, "\"id\""),
        in_book("IdFraction", "\"id\": 1,", "\"id\": 1.0,", {7, 10}, "\"id\""),
        in_book("IdTooLarge", "\"id\": 1,", "\"id\": 18446744073709551617,", {7, 10}, "\"id\""),
        in_book("IdNull", "\"id\": 1,", "\"id\": null,", {7, 10}, "\"id\""),
        in_book("IdArray", "\"id\": 1,", "\"id\": [1],", {7, 10}, "\"id\""),
        in_book("EmailNumber", "\"a@a.com\"", "5", {8, 13}, "\"email\""),
        in_book("EmailEmpty", "\"a@a.com\"", "\"\"", {8, 13}, "\"email\""),
        in_book("EmailTooLong", "a@a.com", std::string(255, 'a'), {8, 13}, "\"email\""),
        in_book("EmailObject", "\"a@a.com\"", "{\"a\": 1}", {8, 13}, "\"email\""),
        in_book("PasswordNull", "\"" + kHash + "\"", "null", {9, 16}, "\"password\""),
        in_book("PasswordForeign", kHash, "$1$saltsalt$abcdefgh", {9, 16}, "cannot check"),
        in_book("PasswordCut", kHash, "$2b$12$abcdefgh", {9, 16}, "not well-formed"),
        in_book("PasswordTooCostly", "m=19456", "m=99999999", {9, 16}, "costs more"),
        in_book("PasswordTooLong", kHash, std::string(1025, 'p'), {9, 16}, "1024"),
        in_book("RoleUnknown", "\"admin\"", "\"root\"", {10, 12}, "\"role\""),
        in_book("RoleNumber", "\"admin\"", "1", {10, 12}, "\"role\""),
        in_book("DisabledText", "\"role\"", "\"disabled\": \"no\", \"role\"", {10, 16},
                "\"disabled\""),
        in_book("TimeNone", "\"2026-11-22T09:00:00Z\"", "\"yesterday\"", {11, 18}, "created_at"),
        in_book("TimeTooEarly", "2026-11-22T09:00:00Z", "1969-12-31T23:59:59Z", {11, 18},
                "created_at"),
        in_book("UserRevisionTooLarge", "\"revision\": 42\n", "\"revision\": 43\n", {13, 16},
                "above the book's"),
        in_book("CredentialsRevisionTooLarge", "\"revision\": 42\n",
                "\"revision\": 42,\n\t\t\t\"credentials_revision\": 43\n", {14, 28},
                "\"credentials_revision\" is above the book's"),
        in_book("CredentialsRevisionNegative", "\"role\"", "\"credentials_revision\": -1, \"role\"",
                {10, 28}, "whole number"),
        in_book("CredentialsRevisionText", "\"role\"", "\"credentials_revision\": \"1\", \"role\"",
                {10, 28}, "whole number"),
        in_book("CredentialsRevisionNull", "\"role\"", "\"credentials_revision\": null, \"role\"",
                {10, 28}, "whole number"),
        in_book("CredentialsRevisionHuge", "\"role\"",
                "\"credentials_revision\": 9007199254740992, \"role\"", {10, 28}, "whole number"),
        in_book("SlipOfCredentialsRevision", "\"role\"", "\"credential_revision\": 1, \"role\"",
                {10, 4}, "is \"credentials_revision\" meant"),
        in_book("MetadataText", "\"role\"", "\"metadata\": \"{}\", \"role\"", {10, 16},
                "\"metadata\" must be an object"),
        in_book("MetadataNull", "\"role\"", "\"metadata\": null, \"role\"", {10, 16},
                "\"metadata\" must be an object"),
        in_book("MetadataNumber", "\"role\"", "\"metadata\": 7, \"role\"", {10, 16},
                "\"metadata\" must be an object"),
        in_book("MetadataArray", "\"role\"", "\"metadata\": [{}], \"role\"", {10, 16},
                "\"metadata\" must be an object"),
        in_book("MetadataTwice", "\"role\"", "\"metadata\": {}, \"metadata\": {}, \"role\"",
                {10, 20}, "twice"),
        in_book("TwiceInMetadata", "\"role\"", "\"metadata\": {\"y\": 1, \"y\": 2}, \"role\"",
                {10, 25}, "twice"),
        in_book("MetadataTooLong", "\"role\"",
                "\"metadata\": {\"a\": \"" + std::string(16 * 1024, 'x') + "\"}, \"role\"",
                {10, 16}, "16 KiB"),
        in_book(
            "MetadataTooDeep", "\"role\"",
            "\"metadata\": {\"a\": " + std::string(32, '[') + std::string(32, ']') + "}, \"role\"",
            {10, 53}, "deep"),
        in_book("IdTwice", "\t\t}\n",
                "\t\t},\n\t\t{\"email\": \"b@b.com\", \"password\": \"x\",\n\"id\": 1}\n", {16, 7},
                "two users have the id 1"),
        in_book("EmailTwice", "\t\t}\n",
                "\t\t},\n\t\t{\"id\": 2, \"email\": \"A@A.COM\", \"password\": \"x\"}\n", {15, 22},
                "two users have the e-mail"),
        in_book("EmailTwiceWithoutId", "\t\t}\n",
                "\t\t},\n\t\t{\"email\": \"A@A.COM\", \"password\": \"x\"}\n", {15, 13},
                "two users have the e-mail"),
        in_book("TooDeep", "\"role\"",
                "\"x\": " + std::string(40, '[') + std::string(40, ']') + ", \"role\"", {10, 41},
                "deep"),
        {"PlaceInCharacters", "{\"비밀\": 1, \"users\": 2}", {1, 20}, "array"},
    };
}

INSTANTIATE_TEST_SUITE_P(Damages, BookReaderRefusal, ::testing::ValuesIn(damages()),
                         [](const auto& refusal) { return refusal.param.name; });

TEST(BookReader, NoCutOfABookIsABook) {
    const std::string text = whole_book();
    for (std::size_t size = 0; size + 2 < text.size(); ++size) {
        const auto read = read_book(text.substr(0, size), some_time());
        EXPECT_TRUE(std::holds_alternative<UsersFileProblem>(read)) << size;
    }
}

// A bit that flips in a value may make another value of it; in a name or a bracket it is noticed.
TEST(BookReader, AFlippedBitIsRefusedOrReadAsAValue) {
    const std::string text = whole_book();
    const UsersDocument original = good(text);
    for (std::size_t i = 0; i < text.size() * 8; ++i) {
        std::string flipped = text;
        flipped[i / 8] = static_cast<char>(flipped[i / 8] ^ (1 << (i % 8)));
        const auto read = read_book(flipped, some_time());
        const auto* book = std::get_if<UsersDocument>(&read);
        if (book == nullptr) continue;
        EXPECT_EQ(book->users.size(), 1U) << flipped;
        EXPECT_EQ(book->users.admins(), 1U) << flipped;
        EXPECT_TRUE(book->members_before_users.empty()) << flipped;
    }
}

}  // namespace
}  // namespace roster::storage
