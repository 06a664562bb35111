#include "server/net/tls_certificate.hpp"

#include "core/text.hpp"

#include <boost/asio/ssl/context.hpp>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <array>
#include <ctime>
#include <string_view>
#include <utility>

namespace roster::server {
namespace {

namespace ssl = boost::asio::ssl;
using boost::system::error_code;

// Mozilla, "Server Side TLS", intermediate; those of TLS 1.3 are OpenSSL's.
constexpr const char* kCiphers =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";

// What TLS calls the protocol (RFC 7301), with its length before it.
constexpr std::array<unsigned char, 9> kHttp11{8, 'h', 't', 't', 'p', '/', '1', '.', '1'};

[[noreturn]] void refuse(std::string_view option, const std::string& file, const std::string& why) {
    throw StartupError(Errc::invalid_request,
                       std::string(option) + " " + printable(file) + ": " + why);
}

int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* chosen_bytes,
                    const unsigned char* offered, unsigned offered_bytes, void*) {
    unsigned char* found = nullptr;
    const int outcome = SSL_select_next_proto(&found, chosen_bytes, kHttp11.data(), kHttp11.size(),
                                              offered, offered_bytes);
    if (outcome != OPENSSL_NPN_NEGOTIATED) return SSL_TLSEXT_ERR_ALERT_FATAL;
    *chosen = found;
    return SSL_TLSEXT_ERR_OK;
}

void apply_rules(SSL_CTX* context) {
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
                                     SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
    SSL_CTX_set_cipher_list(context, kCiphers);
    // A record is taken in one piece.
    SSL_CTX_set_read_ahead(context, 1);
    // Buffers of an idle connection are given back.
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    // Sessions are resumed by tickets; nothing is kept here.
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_alpn_select_cb(context, choose_protocol, nullptr);
}

std::chrono::sys_seconds end_of(SSL_CTX* context) {
    std::tm end{};
    const X509* const certificate = SSL_CTX_get0_certificate(context);
    if (certificate == nullptr || ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &end) != 1)
        return {};
    return std::chrono::sys_seconds(std::chrono::seconds(::timegm(&end)));
}

}  // namespace

TlsCertificate::TlsCertificate(std::string certificate_file, std::string key_file)
    : certificate_file_(std::move(certificate_file)),
      key_file_(std::move(key_file)),
      loaded_(load()) {}

TlsCertificate::Loaded TlsCertificate::load() const {
    auto context = std::make_shared<Context>(Context::tls_server);
    apply_rules(context->native_handle());
    // Nobody is there to be asked for the password of a key.
    context->set_password_callback([](std::size_t, Context::password_purpose) { return ""; });
    error_code ec;
    context->use_certificate_chain_file(certificate_file_, ec);
    if (ec)
        refuse("--tls-cert", certificate_file_,
               ec.message() + "; it must be a PEM file of the certificate and its chain");
    context->use_private_key_file(key_file_, Context::pem, ec);
    if (ec)
        refuse(
            "--tls-key", key_file_,
            ec.message() + "; it must be a PEM file without a password, of the certificate's key");
    const auto ends_at = end_of(context->native_handle());
    return {std::move(context), ends_at};
}

void TlsCertificate::reload() {
    Loaded loaded = load();
    const std::lock_guard lock(mutex_);
    loaded_ = std::move(loaded);
}

std::shared_ptr<TlsCertificate::Context> TlsCertificate::context() const {
    const std::lock_guard lock(mutex_);
    return loaded_.context;
}

std::chrono::sys_seconds TlsCertificate::ends_at() const {
    const std::lock_guard lock(mutex_);
    return loaded_.ends_at;
}

}  // namespace roster::server
