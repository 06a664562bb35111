#include "protocol/classic/request_head.hpp"

#include "core/text.hpp"
#include "protocol/syntax.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace roster::protocol::classic {
namespace {

constexpr std::string_view kContentLength = "Content-Length";

// Bounds, so that what arrives byte by byte is not read from its start for each of them.
constexpr std::size_t kBareEndBytes = 64;
constexpr std::size_t kRequestStartBytes = 16;

struct MethodName {
    std::string_view name;
    Method method;
};
constexpr std::array<MethodName, 4> kMethods{MethodName{"GET ", Method::get},
                                             {"HEAD ", Method::head},
                                             {"POST ", Method::post},
                                             {"PUT ", Method::put}};

constexpr std::string_view kRequestLineRule = "the request line must be METHOD / HTTP/1.1";

bool is_blank(char c) noexcept {
    return c == ' ' || c == '\t';
}

bool starts_with_ignoring_case(std::string_view text, std::string_view prefix) noexcept {
    return equals_ignoring_case(text.substr(0, prefix.size()), prefix);
}

Method method_named(std::string_view name) noexcept {
    for (const MethodName& known : kMethods) {
        if (known.name.substr(0, known.name.size() - 1) == name) return known.method;
    }
    return Method::other;
}

std::optional<ProtocolError> read_version(std::string_view version, RequestHead& head) {
    const bool well_formed = version.size() == 8 && version.starts_with("HTTP/") &&
                             is_digit(version[5]) && version[6] == '.' && is_digit(version[7]);
    if (!well_formed) return bad_request(kRequestLineRule);
    head.http_1_0 = version == "HTTP/1.0";
    if (head.http_1_0 || version == "HTTP/1.1") return std::nullopt;
    return ProtocolError{505, "HTTP version not supported: this is HTTP/1.1"};
}

std::optional<ProtocolError> read_target(std::string_view target, RequestHead& head) {
    const bool printable =
        std::all_of(target.begin(), target.end(), [](char c) { return c > 0x20 && c < 0x7F; });
    if (target.empty() || !printable) return bad_request("the target must be /");
    const bool found = target == "/" || target.starts_with("/?");
    if (!found && head.method != Method::other)
        head.error = ProtocolError{
            404,
            "Not found: the only target is / of this protocol; the HTTP API has a port of its own"};
    return std::nullopt;
}

// A list as in RFC 9110 §5.6.1, of which only one word is of interest.
bool lists_close(std::string_view value) noexcept {
    while (!value.empty()) {
        if (equals_ignoring_case(take_element(value), "close")) return true;
    }
    return false;
}

bool is_proxy_header(std::string_view name) noexcept {
    constexpr std::array<std::string_view, 4> kNames{"Forwarded", "Via", "X-Real-IP",
                                                     "X-Forwarded"};
    return starts_with_ignoring_case(name, "X-Forwarded-") ||
           std::any_of(kNames.begin(), kNames.end(),
                       [&](std::string_view proxy) { return equals_ignoring_case(name, proxy); });
}

std::optional<ProtocolError> read_content_length(std::string_view value, RequestHead& head) {
    const auto length = parse_digits(value);
    if (!length) return bad_request("Content-Length must be a decimal number");
    if (head.content_length && *head.content_length != length)
        return bad_request("there must be one Content-Length only");
    head.content_length = length;
    return std::nullopt;
}

}  // namespace

std::optional<ProtocolError> read_request_line(std::string_view line, RequestHead& head) {
    const std::size_t first = line.find(' ');
    const std::string_view method = line.substr(0, first);
    if (first == line.npos || !is_token(method)) return bad_request(kRequestLineRule);
    head.method = method_named(method);
    const std::size_t last = line.rfind(' ');
    if (auto error = read_version(line.substr(last + 1), head)) return error;
    // An old client leaves the target out.
    if (first != last) {
        if (auto error = read_target(line.substr(first + 1, last - first - 1), head)) return error;
    }
    head.close = head.http_1_0;
    return std::nullopt;
}

std::optional<ProtocolError> read_header_line(std::string_view line, RequestHead& head) {
    ++head.headers;
    const std::size_t colon = line.find(':');
    if (colon == line.npos || !is_token(line.substr(0, colon)))
        return bad_request("a header must be Name: value");
    const std::string_view name = line.substr(0, colon);
    const std::string_view value = trimmed(line.substr(colon + 1));
    if (!is_field_value(value)) return bad_request("a header must have no control characters");

    if (equals_ignoring_case(name, kContentLength)) return read_content_length(value, head);
    if (equals_ignoring_case(name, "Host")) {
        if (head.has_host) return bad_request("there must be one Host only");
        head.has_host = true;
    } else if (equals_ignoring_case(name, "Expect")) {
        if (!equals_ignoring_case(value, "100-continue"))
            return ProtocolError{417, "Expectation failed: only 100-continue can be expected"};
        head.expects_continue = !head.http_1_0;
    } else if (equals_ignoring_case(name, "Connection")) {
        head.close = head.close || lists_close(value);
    } else if (equals_ignoring_case(name, "Transfer-Encoding")) {
        return bad_request("Transfer-Encoding is not understood here, only Content-Length");
    } else if (is_proxy_header(name)) {
        return bad_request("this protocol does not go through a proxy");
    }
    return std::nullopt;
}

RequestStart request_start(std::string_view bytes) noexcept {
    bytes = bytes.substr(0, kRequestStartBytes);
    bytes.remove_prefix(std::min(bytes.find_first_not_of("\r\n"), bytes.size()));
    if (bytes.empty()) return RequestStart::nothing;
    for (const MethodName& known : kMethods) {
        if (bytes.starts_with(known.name)) return RequestStart::request;
        if (known.name.starts_with(bytes)) return RequestStart::incomplete;
    }
    return RequestStart::other;
}

std::optional<BareEnd> bare_end(std::string_view bytes) noexcept {
    const std::string_view line = bytes.substr(0, kBareEndBytes);
    if (!starts_with_ignoring_case(line, kContentLength)) return std::nullopt;
    std::size_t at = kContentLength.size();
    if (at == line.size() || line[at] != ':') return std::nullopt;
    ++at;
    while (at < line.size() && is_blank(line[at]))
        ++at;
    const std::size_t digits = at;
    while (at < line.size() && line[at] == '0')
        ++at;
    if (at == digits) return std::nullopt;

    const std::string_view rest = line.substr(at);
    if (rest.starts_with('\r') || rest.starts_with('\n')) return std::nullopt;
    const RequestStart next = request_start(rest);
    const bool all_seen = next == RequestStart::request || line.size() == bytes.size();
    if (next == RequestStart::other || !all_seen) return std::nullopt;
    const std::size_t seen = next == RequestStart::request ? at + rest.find(' ') + 1 : line.size();
    return BareEnd{at, next, seen};
}

}  // namespace roster::protocol::classic
