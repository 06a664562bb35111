#pragma once

// TLS of one connection, by OpenSSL on the socket itself. boost::asio::ssl::stream holds 70 KiB of
// buffers for a connection that waits, and copies all bytes once more.

#include "server/net/socket.hpp"

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

#include <openssl/bio.h>
#include <openssl/types.h>

namespace boost::asio::ssl {
class context;
}

namespace roster::server {

/// The server's side. No call waits: what cannot go on says for what the socket has to be ready.
/// Threads: one at a time.
class TlsSession {
  public:
    enum class Step {
        done,
        /// Do the same again when the socket is ready; a write with the same bytes, or more.
        wait_read,
        wait_write,
        /// The peer has closed its sending side.
        end_of_stream,
        failed,
        /// The peer does not speak TLS, but HTTP.
        not_tls,
    };
    /// Beside `wait_read` and `wait_write`, too, bytes may have been written.
    struct Result {
        Step step = Step::failed;
        std::size_t bytes = 0;
    };

    /// Lifetime: the socket outlives it.
    TlsSession(Socket& socket, std::shared_ptr<boost::asio::ssl::context> certificate);
    ~TlsSession();
    TlsSession(const TlsSession&) = delete;
    TlsSession& operator=(const TlsSession&) = delete;

    /// Agrees with the peer on TLS. After `done` all bytes are carried by it.
    Step handshake();
    Result read(std::span<char> buffer);
    Result write(std::string_view bytes);
    /// Bytes were taken from the socket and not read yet: a wait for the socket may be in vain.
    bool has_unread() const noexcept;
    /// Tells the peer that TLS ends (RFC 8446 §6.1), unless this would have to wait.
    void end() noexcept;

  private:
    /// What the functions that OpenSSL calls know.
    struct Link {
        Socket& socket;
        bool is_at_end = false;
    };
    struct Free {
        void operator()(SSL* ssl) const noexcept;
    };

    static const BIO_METHOD* socket_methods();
    static int receive(BIO* bio, char* into, int bytes);
    static int send(BIO* bio, const char* from, int bytes);
    Step step_of(int outcome);

    const std::shared_ptr<boost::asio::ssl::context> certificate_;
    Link link_;
    std::unique_ptr<SSL, Free> ssl_;
    bool is_broken_ = false;
};

}  // namespace roster::server
