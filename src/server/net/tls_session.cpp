#include "server/net/tls_session.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/ssl/context.hpp>

#include <new>
#include <utility>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/sslerr.h>

namespace roster::server {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

long answer_control(BIO*, int command, long, void*) {
    return command == BIO_CTRL_FLUSH ? 1 : 0;
}

}  // namespace

void TlsSession::Free::operator()(SSL* ssl) const noexcept {
    SSL_free(ssl);
}

// OpenSSL's own way to a socket writes with write(2), which raises SIGPIPE.
const BIO_METHOD* TlsSession::socket_methods() {
    static const BIO_METHOD* const methods = [] {
        BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket");
        if (made == nullptr) throw std::bad_alloc();
        BIO_meth_set_read(made, receive);
        BIO_meth_set_write(made, send);
        BIO_meth_set_ctrl(made, answer_control);
        return made;
    }();
    return methods;
}

int TlsSession::receive(BIO* bio, char* into, int bytes) {
    Link& link = *static_cast<Link*>(BIO_get_data(bio));
    BIO_clear_retry_flags(bio);
    error_code ec;
    const std::size_t count = link.socket.read_some({into, static_cast<std::size_t>(bytes)}, ec);
    if (!ec) return static_cast<int>(count);
    if (ec == asio::error::would_block) BIO_set_retry_read(bio);
    link.is_at_end = ec == asio::error::eof;
    return -1;
}

int TlsSession::send(BIO* bio, const char* from, int bytes) {
    Link& link = *static_cast<Link*>(BIO_get_data(bio));
    BIO_clear_retry_flags(bio);
    error_code ec;
    const std::size_t count = link.socket.write_some({from, static_cast<std::size_t>(bytes)}, ec);
    if (!ec) return static_cast<int>(count);
    if (ec == asio::error::would_block) BIO_set_retry_write(bio);
    return -1;
}

TlsSession::TlsSession(Socket& socket, std::shared_ptr<asio::ssl::context> certificate)
    : certificate_(std::move(certificate)),
      link_{socket},
      ssl_(SSL_new(certificate_->native_handle())) {
    BIO* const bio = ssl_ ? BIO_new(socket_methods()) : nullptr;
    if (bio == nullptr) throw std::bad_alloc();
    BIO_set_data(bio, &link_);
    BIO_set_init(bio, 1);
    SSL_set_bio(ssl_.get(), bio, bio);
    SSL_set_mode(ssl_.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_set_accept_state(ssl_.get());
}

TlsSession::~TlsSession() = default;

// After a call that did not succeed.
TlsSession::Step TlsSession::step_of(int outcome) {
    switch (SSL_get_error(ssl_.get(), outcome)) {
        case SSL_ERROR_WANT_READ: return Step::wait_read;
        case SSL_ERROR_WANT_WRITE: return Step::wait_write;
        case SSL_ERROR_ZERO_RETURN: return Step::end_of_stream;
        default: break;
    }
    // A peer that closes without the end that TLS has may have been cut off by somebody else; HTTP,
    // which knows the length of all that it reads, notices that by itself.
    if (std::exchange(link_.is_at_end, false)) return Step::end_of_stream;
    is_broken_ = true;
    const bool is_http = ERR_GET_REASON(ERR_peek_error()) == SSL_R_HTTP_REQUEST;
    ERR_clear_error();
    return is_http ? Step::not_tls : Step::failed;
}

// OpenSSL takes errors that an earlier call has left for those of this one.
TlsSession::Step TlsSession::handshake() {
    ERR_clear_error();
    const int outcome = SSL_accept(ssl_.get());
    return outcome == 1 ? Step::done : step_of(outcome);
}

TlsSession::Result TlsSession::read(std::span<char> buffer) {
    Result result;
    ERR_clear_error();
    const int outcome = SSL_read_ex(ssl_.get(), buffer.data(), buffer.size(), &result.bytes);
    result.step = outcome == 1 ? Step::done : step_of(outcome);
    return result;
}

TlsSession::Result TlsSession::write(std::string_view bytes) {
    Result result{Step::done, 0};
    ERR_clear_error();
    // A record of at most 16 KiB each time.
    while (result.step == Step::done && result.bytes != bytes.size()) {
        std::size_t count = 0;
        const int outcome = SSL_write_ex(ssl_.get(), bytes.data() + result.bytes,
                                         bytes.size() - result.bytes, &count);
        if (outcome == 1)
            result.bytes += count;
        else
            result.step = step_of(outcome);
    }
    return result;
}

bool TlsSession::has_unread() const noexcept {
    return SSL_has_pending(ssl_.get()) == 1;
}

void TlsSession::end() noexcept {
    if (is_broken_) return;
    ERR_clear_error();
    SSL_shutdown(ssl_.get());
    ERR_clear_error();
}

}  // namespace roster::server
