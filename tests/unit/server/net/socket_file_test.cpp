#include "server/net/socket_file.hpp"

#include <roster/error.hpp>

#include <boost/asio/io_context.hpp>

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <optional>
#include <string>

#include <stdlib.h>
#include <sys/stat.h>

namespace roster::server {
namespace {

using Local = boost::asio::local::stream_protocol;

class SocketFileTest : public ::testing::Test {
  protected:
    void listen() { file_.emplace(path_, acceptor_); }

    bool can_connect() {
        Local::socket socket(io_);
        boost::system::error_code ec;
        socket.connect(path_, ec);
        return !ec;
    }

    SocketFileTest() {
        EXPECT_NE(::mkdtemp(directory_.data()), nullptr);
        path_ = directory_ + "/users.json.sock";
    }
    ~SocketFileTest() override {
        file_.reset();
        std::filesystem::remove_all(directory_);
    }

    // Shorter than most of `TempDir`: a socket's path is.
    std::string directory_ = "/tmp/roster-socket-XXXXXX";
    std::string path_;
    boost::asio::io_context io_;
    Local::acceptor acceptor_{io_};
    std::optional<SocketFile> file_;
};

TEST_F(SocketFileTest, IsForItsOwnerAlone) {
    const mode_t before = ::umask(0);
    listen();
    ::umask(before);
    struct stat found {};
    ASSERT_EQ(::lstat(path_.c_str(), &found), 0);
    EXPECT_EQ(found.st_mode & 0777U, 0600U);
    EXPECT_TRUE(can_connect());
}

TEST_F(SocketFileTest, IsRemovedAtTheEnd) {
    listen();
    file_.reset();
    EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(SocketFileTest, LeavesWhatHasTakenItsPlace) {
    listen();
    std::filesystem::remove(path_);
    std::ofstream(path_) << "something else";
    file_.reset();
    EXPECT_TRUE(std::filesystem::exists(path_));
}

TEST_F(SocketFileTest, TakesOverFromAServerThatIsGone) {
    {
        Local::acceptor gone(io_);
        gone.open();
        gone.bind(path_);
    }
    ASSERT_TRUE(std::filesystem::exists(path_));
    listen();
    EXPECT_TRUE(can_connect());
}

TEST_F(SocketFileTest, LeavesTheSocketOfAnotherServer) {
    Local::acceptor other(io_, path_);
    EXPECT_THROW(listen(), StartupError);
    EXPECT_TRUE(can_connect());
}

TEST_F(SocketFileTest, LeavesAnotherKindOfFile) {
    std::ofstream(path_) << "accounts";
    EXPECT_THROW(listen(), StartupError);
    EXPECT_EQ(std::filesystem::file_size(path_), 8U);
}

TEST_F(SocketFileTest, FitsAsFarAsASocketsPathGoes) {
    const std::string longest = path_ + std::string(SocketFile::kMaxPathBytes - path_.size(), 'x');
    EXPECT_TRUE(SocketFile::fits(longest));
    EXPECT_FALSE(SocketFile::fits(longest + "x"));
    SocketFile file(longest, acceptor_);
    EXPECT_TRUE(std::filesystem::exists(longest));
}

}  // namespace
}  // namespace roster::server
