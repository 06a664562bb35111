#include "cli/io/replaced_file.hpp"

#include <gtest/gtest.h>

#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <iterator>

namespace roster::cli {
namespace {

namespace fs = std::filesystem;

class ReplacedFileTest : public ::testing::Test {
  protected:
    ReplacedFileTest() {
        std::string name = (fs::temp_directory_path() / "roster-replaced-XXXXXX").string();
        directory = ::mkdtemp(name.data());
        target = directory / "out";
    }
    ~ReplacedFileTest() override { fs::remove_all(directory); }

    static std::string read(const fs::path& path) {
        std::ifstream in(path, std::ios::binary);
        return {std::istreambuf_iterator<char>(in), {}};
    }
    static void write(const fs::path& path, const std::string& text) {
        std::ofstream(path, std::ios::binary) << text;
    }
    std::size_t files() const {
        return static_cast<std::size_t>(
            std::distance(fs::directory_iterator(directory), fs::directory_iterator()));
    }

    fs::path directory;
    fs::path target;
};

TEST_F(ReplacedFileTest, AppearsWholeForItsOwnerAlone) {
    const std::string text(200'000, 'x');
    ReplacedFile file(target.string());
    file.append(text);
    file.append("y");
    EXPECT_FALSE(fs::exists(target));
    file.commit();
    EXPECT_EQ(read(target), text + "y");
    struct stat status {};
    ASSERT_EQ(::stat(target.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600U);
}

TEST_F(ReplacedFileTest, LeavesNothingWithoutACommit) {
    write(target, "old");
    {
        ReplacedFile file(target.string());
        file.append(std::string(200'000, 'x'));
        EXPECT_EQ(files(), 2U);
    }
    EXPECT_EQ(read(target), "old");
    EXPECT_EQ(files(), 1U);
}

TEST_F(ReplacedFileTest, ReplacesWhatALinkPointsTo) {
    const fs::path link = directory / "link";
    write(target, "old");
    fs::create_symlink("out", link);
    ReplacedFile file(link.string());
    file.append("new");
    file.commit();
    EXPECT_TRUE(fs::is_symlink(link));
    EXPECT_EQ(read(target), "new");
}

TEST_F(ReplacedFileTest, RefusesWhatIsNoOrdinaryFile) {
    EXPECT_THROW(ReplacedFile file(directory.string()), StartupError);
    EXPECT_THROW(ReplacedFile file("/dev/null"), StartupError);
    EXPECT_THROW(ReplacedFile file((directory / "missing" / "out").string()), StartupError);
    EXPECT_EQ(files(), 0U);
}

TEST_F(ReplacedFileTest, KnowsTheSamePlaceByAnotherName) {
    write(target, "");
    fs::create_symlink("out", directory / "link");
    EXPECT_TRUE(is_same_path(target.string(), (directory / "link").string()));
    EXPECT_TRUE(is_same_path(target.string(), (directory / "." / "out").string()));
    EXPECT_FALSE(is_same_path(target.string(), (directory / "other").string()));
}

}  // namespace
}  // namespace roster::cli
