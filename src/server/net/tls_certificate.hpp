#pragma once

// The certificate that a listener shows, with its private key, and the rules of TLS: what both
// sides may agree on. Knows no connection.

#include <roster/error.hpp>

#include <chrono>
#include <memory>
#include <mutex>
#include <string>

namespace boost::asio::ssl {
class context;
}

namespace roster::server {

/// Threads: any.
class TlsCertificate {
  public:
    using Context = boost::asio::ssl::context;

    /// PEM files; that of the certificate has the whole chain, the server's own first.
    /// Throws: `StartupError` with `invalid_request`; the text says which file, and why.
    TlsCertificate(std::string certificate_file, std::string key_file);

    /// For a new connection; those that are open keep theirs.
    std::shared_ptr<Context> context() const;

    /// Reads both files again. Throws as the constructor does, and then nothing has changed.
    void reload();

    /// When the certificate ends.
    std::chrono::sys_seconds ends_at() const;

  private:
    struct Loaded {
        std::shared_ptr<Context> context;
        std::chrono::sys_seconds ends_at;
    };
    Loaded load() const;

    const std::string certificate_file_;
    const std::string key_file_;
    mutable std::mutex mutex_;
    Loaded loaded_;
};

}  // namespace roster::server
