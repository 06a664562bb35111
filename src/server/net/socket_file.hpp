#pragma once

// The file of a Unix socket: made for its owner alone, taken over from a server that is gone,
// removed at the end. Knows no protocol.

#include <boost/asio/local/stream_protocol.hpp>

#include <cstddef>
#include <string>

#include <sys/types.h>
#include <sys/un.h>

namespace roster::server {

/// Threads: one at a time.
class SocketFile {
  public:
    static constexpr std::size_t kMaxPathBytes = sizeof(sockaddr_un::sun_path) - 1;
    static bool fits(const std::string& path) noexcept { return path.size() <= kMaxPathBytes; }

    /// Lets the acceptor, which is closed, listen there. No other user of the system can connect,
    /// not even for a moment. Requires: the path fits. Throws: `StartupError` with
    /// `address_unavailable` if a server answers there, if it is another kind of file, or what the
    /// system said.
    SocketFile(std::string path, boost::asio::local::stream_protocol::acceptor& acceptor);
    /// Removes the file, unless another one has taken its place.
    ~SocketFile();
    SocketFile(const SocketFile&) = delete;
    SocketFile& operator=(const SocketFile&) = delete;

  private:
    std::string path_;
    dev_t device_ = 0;
    ino_t inode_ = 0;
};

}  // namespace roster::server
