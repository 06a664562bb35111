#pragma once

// The domain whose applications share one log-in: whether it can be one, and which URLs a browser
// may be sent back to. Knows no request and no session.
// Source: RFC 3986, RFC 6265 §5.3, the URL Standard (what browsers make of a URL).

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace roster::server {

/// Why a browser is not sent to a URL.
enum class ReturnUrl : std::uint8_t {
    accepted,
    /// More than `ForwardDomain::kMaxUrlBytes`.
    too_long,
    /// No URL with a scheme and a host; or characters that a URL cannot have, which browsers drop
    /// or replace.
    malformed,
    /// Not https; http only if the public URL is http.
    wrong_scheme,
    has_user_info,
    /// Neither in the domain nor the public URL's own origin.
    foreign_host,
};

/// Threads: any.
class ForwardDomain {
  public:
    static constexpr std::size_t kMaxUrlBytes = 2048;

    /// No domain: URLs of the public URL's own origin are accepted.
    /// `public_url`: as `origin_of` writes it.
    explicit ForwardDomain(std::string public_url) : public_url_(std::move(public_url)) {}

    /// Throws: `StartupError` with `invalid_request` if browsers would not take cookies for this
    /// domain, or the public URL is not in it; the text says what to do.
    ForwardDomain(std::string_view domain, std::string public_url);

    bool is_set() const noexcept { return !domain_.empty(); }
    /// In lower case; empty if it is not set.
    const std::string& domain() const noexcept { return domain_; }

    /// Whether a browser may be sent to this URL after a log-in.
    ReturnUrl judge(std::string_view url) const;

  private:
    bool covers(std::string_view host) const noexcept;

    std::string domain_;
    std::string public_url_;
};

}  // namespace roster::server
