#include "server/forward_auth/forward_domain.hpp"

#include "core/text.hpp"
#include "protocol/http/escapes.hpp"
#include "protocol/http/target.hpp"

#include <roster/error.hpp>

#include <libpsl.h>

#include <algorithm>
#include <memory>
#include <utility>

namespace roster::server {
namespace {

constexpr std::size_t kMaxDomainBytes = 253;
constexpr std::size_t kMaxLabelBytes = 63;

[[noreturn]] void refuse_domain(std::string_view domain, std::string_view why) {
    throw StartupError(Errc::invalid_request,
                       "--forward-domain '" + printable(domain) + "' " + std::string(why));
}

std::string in_lower_case(std::string_view text) {
    std::string lower(text);
    std::transform(lower.begin(), lower.end(), lower.begin(), ascii_lower);
    return lower;
}

bool is_label(std::string_view label) noexcept {
    return !label.empty() && label.size() <= kMaxLabelBytes && label.front() != '-' &&
           label.back() != '-' && std::all_of(label.begin(), label.end(), [](char c) {
               return is_ascii_alphanumeric(c) || c == '-';
           });
}

bool consists_of_labels(std::string_view name) noexcept {
    for (;;) {
        const std::size_t dot = std::min(name.find('.'), name.size());
        if (!is_label(name.substr(0, dot))) return false;
        if (dot == name.size()) return true;
        name.remove_prefix(dot + 1);
    }
}

// As browsers decide it: the last label is a number.
bool is_ipv4_like(std::string_view name) noexcept {
    const std::string_view last = name.substr(name.rfind('.') + 1);
    return !last.empty() && (std::all_of(last.begin(), last.end(), is_digit) ||
                             last.starts_with("0x") || last.starts_with("0X"));
}

bool is_public_suffix(const std::string& domain) {
    // RFC 8375; older lists do not have it.
    if (domain == "home.arpa") return true;
    const std::unique_ptr<psl_ctx_t, void (*)(psl_ctx_t*)> list(psl_latest(nullptr), psl_free);
    if (list == nullptr)
        refuse_domain(domain,
                      "cannot be checked: libpsl has no list of public suffixes; install "
                      "the package publicsuffix");
    return psl_is_public_suffix2(list.get(), domain.c_str(), PSL_TYPE_ANY) != 0;
}

void check_domain(const std::string& domain) {
    if (domain.find("://") != domain.npos || domain.find('/') != domain.npos)
        refuse_domain(domain, "is a URL; write its domain alone, as in home.example.com");
    if (domain.starts_with('.') || domain.starts_with('*'))
        refuse_domain(domain,
                      "begins with a dot or a star; leave it out: all subdomains are in it");
    if (domain.starts_with('[') || is_ipv4_like(domain))
        refuse_domain(domain,
                      "is an IP address, for which browsers share no cookies; give the "
                      "machines names in a domain, as in app.lab.lan, and use lab.lan");
    if (domain.find(':') != domain.npos)
        refuse_domain(domain, "has a port; leave it out: cookies are for all ports of a host");
    if (!std::all_of(domain.begin(), domain.end(), [](char c) { return c > 0x20 && c < 0x7F; }))
        refuse_domain(domain,
                      "has other characters than ASCII; write an international name in "
                      "its form with xn--");
    if (domain.size() > kMaxDomainBytes || !consists_of_labels(domain))
        refuse_domain(domain, "is no domain name; write it as in home.example.com");
    if (domain.find('.') == domain.npos)
        refuse_domain(domain,
                      "has one label, and browsers refuse cookies for it; use a domain "
                      "below it, as in lab." +
                          domain);
    if (is_public_suffix(domain))
        refuse_domain(domain,
                      "is a public suffix, below which anybody may have a name; browsers "
                      "refuse cookies for it: use your own domain, as in me." +
                          domain);
}

// The parts of a URL that decide where a browser goes, if it has nothing but what a URL may have.
struct UrlParts {
    std::string scheme;
    std::string authority;
};

// Browsers drop tabs and line ends, take a backslash for a slash, and map other characters than
// ASCII: what they might read in another way than this is refused.
bool split_url(std::string_view url, UrlParts& parts) {
    const std::size_t colon = url.find("://");
    if (colon == url.npos || !std::all_of(url.begin(), url.end(), protocol::http::is_url_character))
        return false;
    parts.scheme = in_lower_case(url.substr(0, colon));
    url.remove_prefix(colon + 3);
    parts.authority = in_lower_case(url.substr(0, url.find_first_of("/?#")));
    return std::all_of(parts.scheme.begin(), parts.scheme.end(), is_ascii_alphanumeric) &&
           !parts.scheme.empty() && !parts.authority.empty();
}

}  // namespace

ForwardDomain::ForwardDomain(std::string_view domain, std::string public_url)
    : domain_(in_lower_case(domain)), public_url_(std::move(public_url)) {
    check_domain(domain_);
    std::string_view host = std::string_view(public_url_);
    host.remove_prefix(host.find("://") + 3);
    host = host.substr(0, host.find(':'));
    if (!covers(host))
        refuse_domain(domain, "does not have the host of --public-url '" + public_url_ +
                                  "' in it, so browsers would not take cookies for it from there; "
                                  "set --public-url to a URL in the domain, as in https://auth." +
                                  domain_);
}

bool ForwardDomain::covers(std::string_view host) const noexcept {
    if (!is_set() || !host.ends_with(domain_)) return false;
    host.remove_suffix(domain_.size());
    if (host.empty()) return true;
    if (!host.ends_with('.')) return false;
    host.remove_suffix(1);
    // Hosts may have underscores, which domains have not.
    return !host.empty() && host.front() != '.' && host.back() != '.' &&
           host.find("..") == host.npos && std::all_of(host.begin(), host.end(), [](char c) {
               return is_ascii_alphanumeric(c) || c == '-' || c == '_' || c == '.';
           });
}

ReturnUrl ForwardDomain::judge(std::string_view url) const {
    if (url.size() > kMaxUrlBytes) return ReturnUrl::too_long;
    UrlParts parts;
    if (!split_url(url, parts)) return ReturnUrl::malformed;
    const bool may_be_http = public_url_.starts_with("http:");
    if (parts.scheme != "https" && !(may_be_http && parts.scheme == "http"))
        return ReturnUrl::wrong_scheme;
    if (parts.authority.find('@') != parts.authority.npos) return ReturnUrl::has_user_info;
    if (!protocol::http::is_authority(parts.authority)) return ReturnUrl::malformed;
    const auto origin = protocol::http::origin_of(parts.scheme + "://" + parts.authority);
    const std::string_view host =
        std::string_view(parts.authority).substr(0, parts.authority.find(':'));
    return origin == public_url_ || covers(host) ? ReturnUrl::accepted : ReturnUrl::foreign_host;
}

}  // namespace roster::server
