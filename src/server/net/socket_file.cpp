#include "server/net/socket_file.hpp"

#include <roster/error.hpp>

#include <boost/asio/io_context.hpp>

#include <cerrno>
#include <utility>

#include <sys/stat.h>
#include <unistd.h>

namespace roster::server {

namespace asio = boost::asio;
using boost::system::error_code;
using Local = asio::local::stream_protocol;

namespace {

[[noreturn]] void cannot_listen(const std::string& path, const std::string& why) {
    throw StartupError(Errc::address_unavailable,
                       "cannot listen on " + path + ": " + why +
                           "; choose another path with --admin-socket, or off");
}

error_code last_error() {
    return {errno, boost::system::system_category()};
}

// Removes a socket that no process listens on any more.
void remove_stale(const std::string& path) {
    struct stat found {};
    if (::lstat(path.c_str(), &found) != 0) return;
    if (!S_ISSOCK(found.st_mode)) cannot_listen(path, "a file that is no socket is there");
    asio::io_context io;
    Local::socket probe(io);
    probe.open();
    // A server whose queue is full is one, too.
    probe.non_blocking(true);
    error_code ec;
    probe.connect(path, ec);
    if (ec == asio::error::connection_refused) {
        ::unlink(path.c_str());
    } else {
        cannot_listen(path, ec ? ec.message() : "another server answers there");
    }
}

}  // namespace

SocketFile::SocketFile(std::string path, Local::acceptor& acceptor) : path_(std::move(path)) {
    acceptor.open();
    // Before there is a file: Linux makes it with the mode of its socket.
    if (::fchmod(acceptor.native_handle(), S_IRUSR | S_IWUSR) != 0)
        cannot_listen(path_, last_error().message());
    error_code ec;
    acceptor.bind(path_, ec);
    if (ec == asio::error::address_in_use) {
        remove_stale(path_);
        acceptor.bind(path_, ec);
    }
    if (ec) cannot_listen(path_, ec.message());
    struct stat made {};
    if (::lstat(path_.c_str(), &made) != 0) cannot_listen(path_, last_error().message());
    device_ = made.st_dev;
    inode_ = made.st_ino;
    acceptor.listen(asio::socket_base::max_listen_connections, ec);
    if (!ec) return;
    ::unlink(path_.c_str());
    cannot_listen(path_, ec.message());
}

SocketFile::~SocketFile() {
    struct stat found {};
    const bool is_ours =
        ::lstat(path_.c_str(), &found) == 0 && found.st_dev == device_ && found.st_ino == inode_;
    if (is_ours) ::unlink(path_.c_str());
}

}  // namespace roster::server
