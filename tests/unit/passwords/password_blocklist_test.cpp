#include "passwords/password_blocklist.hpp"

#include "core/text.hpp"
#include "support/temporary_file.hpp"

#include <roster/error.hpp>

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

namespace roster::passwords {
namespace {

using testing::TemporaryFile;

PasswordBlocklist list_of(std::string_view text) {
    const TemporaryFile file(text);
    return PasswordBlocklist::from_file(file.path());
}

// What opening says when it refuses.
std::string refusal(const std::string& path) {
    try {
        PasswordBlocklist::from_file(path);
    } catch (const StartupError& error) {
        EXPECT_EQ(error.code(), Errc::invalid_request) << error.what();
        return error.what();
    }
    ADD_FAILURE() << "it was read";
    return {};
}

TEST(PasswordBlocklist, TheBuiltInOneHasCommonPasswords) {
    const auto list = PasswordBlocklist::shipped();
    for (const char* common :
         {"password", "Password1", "PASSWORD123", "12345678", "qwertyuiop", "iloveyou", "1qaz2wsx",
          "P@ssw0rd", "letmein123", "admin123", "correcthorsebatterystaple", "Summer2025"})
        EXPECT_TRUE(list.contains(common)) << common;
    for (const char* rare : {"", "vjk3#fasd", "mein Hund heisst Waldemar", "password-but-longer"})
        EXPECT_FALSE(list.contains(rare)) << rare;
}

TEST(PasswordBlocklist, TheBuiltInOneIsCleanAndWithoutDuplicates) {
    std::string_view rest = common_passwords();
    std::size_t lines = 0;
    std::size_t of_eight = 0;
    while (!rest.empty()) {
        const auto end = std::min(rest.find('\n'), rest.size());
        const std::string_view line = rest.substr(0, end);
        rest.remove_prefix(std::min(end + 1, rest.size()));
        if (line.empty()) continue;
        ++lines;
        of_eight += count_code_points(line).value() >= 8 ? 1 : 0;
        EXPECT_TRUE(is_clean_text(line)) << line;
        EXPECT_GE(line.size(), 3U) << line;
        for (const char letter : line)
            EXPECT_EQ(letter, ascii_lower(letter)) << line;
    }
    EXPECT_EQ(PasswordBlocklist::shipped().size(), lines) << "one is there twice";
    EXPECT_GE(of_eight, 500U);
}

TEST(PasswordBlocklist, AFileIsOnePasswordALine) {
    const auto list = list_of("Alpha beta\r\n# no comment\n\n\r\n  spaced \nÜber\nlast");
    EXPECT_EQ(list.size(), 5U);
    for (const char* word : {"alpha BETA", "# no comment", "  spaced ", "ÜBER", "Über", "LAST"})
        EXPECT_TRUE(list.contains(word)) << word;
    for (const char* other : {"", "\r", "alpha", "spaced", "alpha beta\r", "über", "password"})
        EXPECT_FALSE(list.contains(other)) << other;
}

TEST(PasswordBlocklist, AByteOrderMarkIsNoPartOfAPassword) {
    EXPECT_TRUE(list_of("\xEF\xBB\xBF"
                        "first\n")
                    .contains("first"));
}

TEST(PasswordBlocklist, AnEmptyFileForbidsNothing) {
    EXPECT_EQ(list_of("").size(), 0U);
    EXPECT_FALSE(list_of("\n\n").contains(""));
}

TEST(PasswordBlocklist, NamesThePlaceThatCannotBeRead) {
    const TemporaryFile latin(
        "fine\ngr\xFC\xDF"
        "e\n");
    EXPECT_NE(refusal(latin.path()).find(latin.path() + ":2 is not UTF-8"), std::string::npos);
    const TemporaryFile longer("fine\nfine\n" + std::string(1025, 'x') + "\n");
    EXPECT_NE(refusal(longer.path()).find(longer.path() + ":3 is longer"), std::string::npos);
    EXPECT_EQ(list_of(std::string(1024, 'x') + "\r\n").size(), 1U);
}

TEST(PasswordBlocklist, RefusesWhatIsNoFile) {
    const std::string directory = std::filesystem::temp_directory_path().string();
    EXPECT_NE(refusal(directory).find("is not a regular file"), std::string::npos);
    EXPECT_NE(refusal(directory + "/roster-no-such-file").find("does not exist"),
              std::string::npos);
    EXPECT_NE(refusal("/dev/zero").find("is not a regular file"), std::string::npos);
}

TEST(PasswordBlocklist, RefusesAFileThatIsTooLarge) {
    const TemporaryFile large("x\n");
    std::filesystem::resize_file(large.path(), 64 * 1024 * 1024 + 1);
    EXPECT_NE(refusal(large.path()).find("64 MiB"), std::string::npos);
}

TEST(PasswordBlocklist, NoPasswordIsTooLongToBeLookedUp) {
    const auto list = PasswordBlocklist::shipped();
    EXPECT_FALSE(list.contains(std::string(1024, 'x')));
    EXPECT_FALSE(list.contains(std::string(100'000, 'x')));
}

}  // namespace
}  // namespace roster::passwords
