#include "core/files/file_system.hpp"

#include "core/files/temporary_lock.hpp"

#include "unit/storage/support.hpp"

#include <sys/stat.h>
#include <boost/system/errc.hpp>

namespace roster::storage {
namespace {

using namespace roster::storage::testing;
namespace fs = std::filesystem;

class PosixFiles : public ::testing::Test {
  protected:
    std::string path(std::string_view name) const { return (directory_ / name).string(); }

    TemporaryDirectory directory_;
    std::shared_ptr<FileSystem> files_ = make_posix_file_system();
};

TEST_F(PosixFiles, WritesAtTheEndAndReadsAnywhere) {
    const auto file = *files_->open(path("a"), OpenMode::append);
    ASSERT_TRUE(append_all(*file, "hello "));
    ASSERT_TRUE(append_all(*file, "world"));
    ASSERT_TRUE(file->sync());
    EXPECT_EQ(*read_all(*file), "hello world");
    ASSERT_TRUE(file->truncate(3));
    ASSERT_TRUE(append_all(*file, "p"));
    EXPECT_EQ(*read_file(*files_, path("a")), "help");
    EXPECT_EQ(file->info()->size_bytes, 4U);
}

TEST_F(PosixFiles, CreatesOnlyWhatIsNotThere) {
    fs::create_symlink("nowhere", path("link"));
    EXPECT_EQ(files_->open(path("link"), OpenMode::create).error(),
              boost::system::errc::file_exists);
    ASSERT_TRUE(files_->open(path("a"), OpenMode::create));
    EXPECT_EQ(files_->open(path("a"), OpenMode::create).error(), boost::system::errc::file_exists);
    EXPECT_EQ(files_->info(path("a"))->mode, 0600U);
}

TEST_F(PosixFiles, WritesAndLocksThroughNoLink) {
    write_text(path("victim"), "precious");
    ASSERT_EQ(::chmod(path("victim").c_str(), 0644), 0);
    fs::create_symlink("victim", path("link"));
    fs::create_symlink("nowhere", path("dangling"));
    for (const char* name : {"link", "dangling"}) {
        EXPECT_FALSE(files_->open(path(name), OpenMode::append)) << name;
        EXPECT_FALSE(files_->lock(path(name), "1")) << name;
    }
    EXPECT_EQ(files_->lock(path("link"), "1").error(),
              boost::system::errc::too_many_symbolic_link_levels);
    EXPECT_EQ(read_text(path("victim")), "precious");
    EXPECT_EQ(files_->info(path("victim"))->mode, 0644U);
    EXPECT_FALSE(fs::exists(path("nowhere")));
}

TEST_F(PosixFiles, WritesAndLocksNoFileThatHasAnotherName) {
    write_text(path("victim"), "precious");
    fs::create_hard_link(path("victim"), path("link"));
    EXPECT_EQ(files_->open(path("link"), OpenMode::append).error(),
              boost::system::errc::too_many_links);
    EXPECT_FALSE(files_->lock(path("link"), "1"));
    EXPECT_EQ(read_text(path("victim")), "precious");
    fs::remove(path("victim"));
    EXPECT_TRUE(files_->open(path("link"), OpenMode::append));
}

TEST_F(PosixFiles, SeesALockWithoutTakingIt) {
    EXPECT_FALSE(files_->is_locked(path("lock")));
    EXPECT_FALSE(fs::exists(path("lock")));
    {
        const auto lock = files_->lock(path("lock"), "1\n");
        EXPECT_TRUE(files_->is_locked(path("lock")));
    }
    EXPECT_FALSE(files_->is_locked(path("lock")));
    EXPECT_TRUE(files_->lock(path("lock"), "2\n"));
}

TEST_F(PosixFiles, AChangeThatKeepsSizeAndTimeIsSeen) {
    write_text(path("a"), "one");
    const FileInfo before = *files_->info(path("a"));
    const auto modified = fs::last_write_time(path("a"));
    ASSERT_TRUE(files_->rename(path("a"), path("b")));
    EXPECT_TRUE(files_->info(path("b"))->is_same_or_renamed(before));
    do {
        std::ofstream(path("b")) << "two";
        fs::last_write_time(path("b"), modified);
    } while (files_->info(path("b"))->changed == before.changed);
    EXPECT_FALSE(files_->info(path("b"))->is_unchanged(before));
}

TEST_F(PosixFiles, SaysWhatIsMissing) {
    EXPECT_TRUE(is_not_found(files_->open(path("a"), OpenMode::read).error()));
    EXPECT_TRUE(is_not_found(files_->info(path("a")).error()));
    EXPECT_TRUE(is_not_found(files_->remove(path("a")).error()));
    EXPECT_TRUE(is_not_found(files_->rename(path("a"), path("b")).error()));
    EXPECT_TRUE(is_not_found(files_->sync_directory(path("d")).error()));
    EXPECT_TRUE(is_not_found(files_->list(path("d")).error()));
}

TEST_F(PosixFiles, FilesChangePlaces) {
    write_text(path("a"), "one");
    write_text(path("b"), "two");
    const auto exchanged = files_->exchange(path("a"), path("b"));
    if (exchanged.has_error() && exchanged.error() == boost::system::errc::operation_not_supported)
        GTEST_SKIP() << "this file system cannot";
    EXPECT_EQ(read_text(path("a")), "two");
    EXPECT_EQ(read_text(path("b")), "one");
    EXPECT_TRUE(is_not_found(files_->exchange(path("a"), path("c")).error()));
}

TEST_F(PosixFiles, ResolvesLinksToTheirEnd) {
    const std::string real = fs::canonical(directory_.path()).string();
    fs::create_directory(path("sub"));
    fs::create_symlink("sub/file", path("one"));
    fs::create_symlink(path("one"), path("two"));
    EXPECT_EQ(*files_->resolve(path("two")), real + "/sub/file") << "though nothing is there";
    EXPECT_EQ(*files_->resolve(path("sub/../x")), real + "/x");
    fs::create_symlink("loop", path("loop"));
    EXPECT_FALSE(files_->resolve(path("loop")));
    EXPECT_FALSE(files_->resolve(path("missing/x")));
}

TEST_F(PosixFiles, ALockIsHeldOnce) {
    {
        const auto lock = files_->lock(path("lock"), "42\n");
        ASSERT_TRUE(lock);
        EXPECT_EQ(read_text(path("lock")), "42\n");
        EXPECT_EQ(files_->lock(path("lock"), "43\n").error(),
                  boost::system::errc::resource_unavailable_try_again);
        EXPECT_EQ(read_text(path("lock")), "42\n");
    }
    EXPECT_TRUE(files_->lock(path("lock"), "4\n"));
    EXPECT_EQ(read_text(path("lock")), "4\n");
}

TEST_F(PosixFiles, ALockThatWasRemovedKeepsNobodyOut) {
    const auto first = files_->lock(path("lock"), "1\n");
    ASSERT_TRUE(first);
    ASSERT_TRUE(files_->remove(path("lock")));
    const auto second = files_->lock(path("lock"), "2\n");
    ASSERT_TRUE(second);
    EXPECT_EQ(read_text(path("lock")), "2\n");
    EXPECT_FALSE(files_->lock(path("lock"), "3\n"));
}

TEST_F(PosixFiles, APassingLockLeavesWhatItFound) {
    { const TemporaryLock lock(files_, path("new")); }
    EXPECT_FALSE(files_->info(path("new.lock")));
    write_text(path("old.lock"), "");
    {
        const TemporaryLock lock(files_, path("old"));
        EXPECT_THROW(TemporaryLock(files_, path("old")), StartupError);
    }
    EXPECT_TRUE(files_->info(path("old.lock")));
}

TEST_F(PosixFiles, AFileHasTwoNames) {
    write_text(path("a"), "one");
    ASSERT_TRUE(files_->link(path("a"), path("b")));
    EXPECT_EQ(files_->info(path("a"))->inode, files_->info(path("b"))->inode);
    EXPECT_FALSE(files_->link(path("a"), path("b")));
    ASSERT_TRUE(files_->remove(path("a")));
    EXPECT_EQ(read_text(path("b")), "one");
}

TEST_F(PosixFiles, TakesOverAMode) {
    write_text(path("a"), "");
    ASSERT_EQ(::chmod(path("a").c_str(), 0640), 0);
    const auto file = *files_->open(path("b"), OpenMode::create);
    ASSERT_TRUE(file->set_owner_and_mode(*files_->info(path("a"))));
    EXPECT_EQ(files_->info(path("b"))->mode, 0640U);
}

TEST_F(PosixFiles, WaitsForNobodyAtAFifo) {
    ASSERT_EQ(::mkfifo(path("fifo").c_str(), 0600), 0);
    EXPECT_FALSE(files_->info(path("fifo"))->is_regular);
    EXPECT_FALSE(read_file(*files_, path("fifo")));
}

TEST_F(PosixFiles, KnowsAChangedFile) {
    write_text(path("a"), "one");
    const FileInfo before = *files_->info(path("a"));
    EXPECT_TRUE(files_->info(path("a"))->is_unchanged(before));
    write_text(path("b"), "two");
    ASSERT_TRUE(files_->rename(path("b"), path("a")));
    EXPECT_FALSE(files_->info(path("a"))->is_unchanged(before));
}

}  // namespace
}  // namespace roster::storage
