#include "storage/json/json_maintenance.hpp"

#include "unit/storage/support.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace roster::storage {
namespace {

using namespace roster::storage::testing;

constexpr const char* kDamage = "{}[\",: \n0";

// What a user who hopes for a damaged file puts into the metadata.
std::string false_user() {
    return R"({"id":9,"email":"evil@x.com","password":")" + std::string(some_hash('E').reveal()) +
           R"(","role":"admin","created_at":"2026-11-22T09:00:00Z","updated_at":"2026-11-22T09:00:00Z","revision":99})";
}

std::string user(int id, const std::string& metadata) {
    return R"({"id":)" + std::to_string(id) + R"(,"email":"u)" + std::to_string(id) +
           R"(@a.com","password":")" + std::string(some_hash('H').reveal()) +
           R"(","role":"user","created_at":"2026-11-22T09:00:00Z","updated_at":"2026-11-22T09:00:00Z","revision":)" +
           std::to_string(id) + (metadata.empty() ? "" : R"(,"metadata":)" + metadata) + "}";
}

std::string file_of(const std::string& metadata) {
    return R"({"format":1,"revision":7,"next_id":8,"users":[)" + user(1, "") + "," +
           user(2, metadata) + "," + user(3, "") + "]}";
}

// A value in a line, or a user in a line where there are no lines inside it.
std::string laid_out(std::string_view compact, std::string_view step) {
    std::string out;
    std::size_t depth = 0;
    bool in_string = false;
    const auto line = [&] {
        out += '\n';
        for (std::size_t i = 0; i < depth; ++i)
            out += step;
    };
    for (std::size_t i = 0; i < compact.size(); ++i) {
        const char c = compact[i];
        if (c == '"' && (i == 0 || compact[i - 1] != '\\')) in_string = !in_string;
        if (!in_string && (c == '}' || c == ']')) {
            --depth;
            line();
        }
        out += c;
        if (in_string) continue;
        if (c == '{' || c == '[') ++depth;
        if (c == '{' || c == '[' || c == ',') line();
        if (c == ':') out += ' ';
    }
    return out + "\n";
}

// The object itself, one in it, and some in an array, which even has the name of the right one.
std::string hostile_metadata() {
    const std::string one = false_user();
    const std::string members = one.substr(1, one.size() - 2);
    return "{" + members + R"(,"o":)" + one + R"(,"users":[)" + one + "," + one + "]}";
}

std::size_t true_users(const std::string& text) {
    const RecoveredUsers recovered = recover_users(text);
    std::size_t count = 0;
    for (const RecoveredUsers::User& found : recovered.users) {
        EXPECT_NE(found.user.fields.email, "evil@x.com") << text;
        if (found.user.fields.email != "evil@x.com") ++count;
    }
    return count;
}

// Until the first that fails: one text is enough to read.
bool yields_no_false_user(const std::string& text) {
    (void)true_users(text);
    return !::testing::Test::HasFailure();
}

void damage_every_byte(const std::string& whole, std::size_t least_left) {
    for (std::size_t i = 0; i < whole.size(); ++i) {
        for (const char* c = kDamage;; ++c) {
            std::string text = whole;
            text[i] = *c;
            ASSERT_GE(true_users(text), least_left) << text;
            if (*c == '\0') break;
        }
        std::string text = whole;
        ASSERT_GE(true_users(text.erase(i, 1)), least_left) << text;
        for (const char c : std::string_view("{\"\n}")) {
            text = whole;
            ASSERT_GE(true_users(text.insert(i, 1, c)), least_left) << text;
        }
    }
}

// Before and after every mark, since a cut in a word is as good as one beside it.
std::vector<std::size_t> marks_of(const std::string& text) {
    std::vector<std::size_t> marks;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (std::string_view("{}\n").find(text[i]) == std::string_view::npos) continue;
        if (marks.empty() || marks.back() != i) marks.push_back(i);
        marks.push_back(i + 1);
    }
    return marks;
}

// Something is missing, or comes twice, as where a part was never written or an old one stayed.
void splice_everywhere(const std::string& whole) {
    const auto marks = marks_of(whole);
    for (const std::size_t end : marks) {
        for (const std::size_t begin : marks) {
            if (begin == end) continue;
            ASSERT_TRUE(yields_no_false_user(whole.substr(0, end) + whole.substr(begin)));
        }
        ASSERT_TRUE(yields_no_false_user(whole.substr(0, end)));
        ASSERT_TRUE(yields_no_false_user(whole.substr(end)));
        ASSERT_TRUE(yields_no_false_user(std::string(end, '\0') + whole.substr(end)));
    }
}

TEST(RecoveredUsers, NothingInAUsersMetadataBecomesAUserWhateverByteIsDamaged) {
    damage_every_byte(laid_out(file_of(hostile_metadata()), "\t"), 2);
    damage_every_byte(laid_out(file_of(hostile_metadata()), "  "), 0);
    damage_every_byte(file_of(hostile_metadata()), 0);
}

TEST(RecoveredUsers, NothingInAUsersMetadataBecomesAUserWhereverAFileIsCutOrMixed) {
    splice_everywhere(laid_out(file_of(hostile_metadata()), "\t"));
    splice_everywhere(laid_out(file_of(hostile_metadata()), "  "));
    splice_everywhere(file_of(hostile_metadata()));
}

TEST(RecoveredUsers, AUserThatAPersonWroteIntoOneLineIsRecovered) {
    const std::string last = ",\n\t\t" + user(4, "");
    std::string text = laid_out(file_of(hostile_metadata()), "\t");
    text.insert(text.find("\n\t]\n}"), last);
    text.insert(text.find("\n\t\t{"), "\n\t\t" + user(5, "") + ",");
    EXPECT_EQ(true_users(text), 5U);
    EXPECT_EQ(true_users(text.replace(text.find("u3@a.com"), 1, "\"")), 4U) << text;
}

TEST(RecoveredUsers, IfNoUserHoldsAnObjectAnyLayoutWillDo) {
    std::string text = file_of("");
    EXPECT_EQ(true_users(text.replace(text.find("u1@a.com"), 1, "\"")), 2U);
    EXPECT_EQ(true_users(text.substr(1)), 2U);
}

TEST(RecoveredUsers, NamesWhatCannotBeTold) {
    std::string text = file_of("{\"a\":1}");
    const RecoveredUsers recovered = recover_users(text.replace(text.find("u2@a.com"), 1, "\""));
    EXPECT_TRUE(recovered.users.empty());
    ASSERT_EQ(recovered.lost.size(), 2U);
    EXPECT_NE(recovered.lost[1].text.find("can be told"), std::string::npos);
}

TEST(RecoveredUsers, AWholeFilesUsersAreReadInAnyLayout) {
    EXPECT_EQ(recover_users(file_of(hostile_metadata())).users.size(), 3U);
}

}  // namespace
}  // namespace roster::storage
