#include "cli/admin/saved_token.hpp"

#include "cli/io/exit_code.hpp"

#include <gtest/gtest.h>

#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <variant>

namespace roster::cli {
namespace {

namespace fs = std::filesystem;

ApiEndpoint endpoint(std::string_view url) {
    return std::get<ApiEndpoint>(ApiEndpoint::parse(url));
}

unsigned mode_of(const fs::path& path) {
    struct stat status {};
    return ::stat(path.c_str(), &status) == 0 ? status.st_mode & 07777U : 0;
}

class SavedTokenTest : public ::testing::Test {
  protected:
    SavedTokenTest() {
        std::string name = (fs::temp_directory_path() / "roster-token-XXXXXX").string();
        directory = ::mkdtemp(name.data());
        variables["XDG_CONFIG_HOME"] = (directory / "a" / "b").string();
    }
    ~SavedTokenTest() override { fs::remove_all(directory); }

    SavedToken token(std::string_view url = "http://127.0.0.1:81") const {
        return SavedToken(endpoint(url), [this](const std::string& name) {
            const auto found = variables.find(name);
            return found == variables.end() ? std::nullopt : std::optional(found->second);
        });
    }

    fs::path directory;
    std::map<std::string, std::string> variables;
};

TEST_F(SavedTokenTest, IsReadAsItWasSaved) {
    EXPECT_FALSE(token().read());
    token().save(Secret("one"));
    token().save(Secret("two"));
    ASSERT_TRUE(token().read());
    EXPECT_EQ(token().read()->reveal(), "two");
    token().remove();
    EXPECT_FALSE(token().read());
    EXPECT_NO_THROW(token().remove());
}

TEST_F(SavedTokenTest, IsForItsOwnerAlone) {
    token().save(Secret("one"));
    EXPECT_EQ(mode_of(token().path()), 0600U);
    for (fs::path path = fs::path(token().path()).parent_path(); path != directory;
         path = path.parent_path())
        EXPECT_EQ(mode_of(path), 0700U) << path;
}

TEST_F(SavedTokenTest, IsRefusedIfOthersCanReadIt) {
    token().save(Secret("one"));
    for (const auto others : {fs::perms::group_read, fs::perms::others_read}) {
        fs::permissions(token().path(), fs::perms::owner_read | others);
        EXPECT_THROW((void)token().read(), Refused);
    }
}

TEST_F(SavedTokenTest, IsRefusedIfItCannotBeSent) {
    token().save(Secret("one"));
    for (const char* text : {"", "\n", "a b\n", "a\tb\n", "\xc3\xa9\n"}) {
        std::ofstream(token().path(), std::ios::binary) << text;
        EXPECT_THROW((void)token().read(), Refused) << text;
    }
}

TEST_F(SavedTokenTest, EachServerHasItsOwn) {
    EXPECT_NE(token("http://127.0.0.1:81").path(), token("http://127.0.0.1:82").path());
    EXPECT_NE(token("http://127.0.0.1:81").path(), token("http://[::1]:81").path());
    EXPECT_EQ(token("http://a.com/").path(), token("http://a.com:80").path());
}

TEST_F(SavedTokenTest, IsInTheHomeDirectoryWithoutAnAbsolutePathForSettings) {
    variables["HOME"] = "/home/me";
    variables["XDG_CONFIG_HOME"] = "relative";
    EXPECT_EQ(token().path(), "/home/me/.config/roster/127.0.0.1:81.token");
    variables.clear();
    EXPECT_THROW((void)token(), UsageError);
}

}  // namespace
}  // namespace roster::cli
