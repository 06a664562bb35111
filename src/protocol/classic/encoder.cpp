#include "protocol/classic/encoder.hpp"

#include "core/text.hpp"
#include "core/time.hpp"
#include "protocol/classic/request_head.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <string>

namespace roster::protocol::classic {
namespace {

// A host ends at a blank, and a control character could begin a header of its own.
bool is_host(std::string_view text) noexcept {
    return std::none_of(text.begin(), text.end(), [](char c) { return is_control(c) || c == ' '; });
}

// Joins parts that may hold a password, and leaves no copy of them.
Secret join(std::initializer_list<std::string_view> parts) {
    std::string bytes;
    std::size_t size_bytes = 0;
    for (const std::string_view part : parts)
        size_bytes += part.size();
    bytes.reserve(size_bytes);  // a reallocation would leave a copy
    for (const std::string_view part : parts)
        bytes += part;
    Secret joined(bytes);
    wipe(bytes.data(), bytes.size());
    return joined;
}

result<Secret> account_body(std::string_view email, const Secret& password,
                            std::string_view option) {
    const auto is_inexpressible = [](char c) { return c == ',' || is_control(c); };
    if (std::any_of(email.begin(), email.end(), is_inexpressible)) return Errc::invalid_request;
    return join({"user:", email, ",", password.reveal(), ",", option});
}

// RFC 9110 §8.6: a length of 0 is sent if the method gives a body a meaning.
bool needs_length(std::string_view method, const Secret& body) noexcept {
    return !body.empty() || method == "POST" || method == "PUT";
}

// Source: RFC 9110 §15, RFC 6585.
std::string_view reason_phrase(unsigned status) noexcept {
    switch (status) {
        case 200: return "OK";
        case 201: return "Created";
        case 400: return "Bad Request";
        case 401: return "Unauthorized";
        case 403: return "Forbidden";
        case 404: return "Not Found";
        case 405: return "Method Not Allowed";
        case 408: return "Request Timeout";
        case 409: return "Conflict";
        case 413: return "Content Too Large";
        case 414: return "URI Too Long";
        case 417: return "Expectation Failed";
        case 429: return "Too Many Requests";
        case 431: return "Request Header Fields Too Large";
        case 500: return "Internal Server Error";
        case 503: return "Service Unavailable";
        case 505: return "HTTP Version Not Supported";
        default:
            // The phrase may be empty, and no client may depend on it.
            return "";
    }
}

// A second one of these would contradict the one that the encoder writes.
bool is_reserved(std::string_view name) noexcept {
    constexpr std::array<std::string_view, 6> kNames{
        "Date", "Server", "Content-Type", "Content-Length", "Connection", "Transfer-Encoding"};
    return std::any_of(kNames.begin(), kNames.end(),
                       [&](std::string_view own) { return equals_ignoring_case(name, own); });
}

// A value cannot end its line.
void append_value(std::string_view value, std::string& out) {
    for (const char c : value)
        out += is_control(c) ? ' ' : c;
    out += "\r\n";
}

void append_header(std::string_view name, std::string_view value, std::string& out) {
    out += name;
    out += ": ";
    append_value(value, out);
}

}  // namespace

result<Secret> sign_up_body(std::string_view email, const Secret& password) {
    return account_body(email, password, "signup");
}

result<Secret> log_in_body(std::string_view email, const Secret& password) {
    return account_body(email, password, "login");
}

result<Secret> modify_body(UserId id, std::string_view email, const Secret& password) {
    return account_body(email, password, std::to_string(id));
}

result<Secret> encode_request(std::string_view method, std::string_view host, const Secret& body) {
    if (!is_token(method) || !is_host(host)) return Errc::invalid_request;
    std::string length;
    if (needs_length(method, body))
        length = "Content-Length: " + std::to_string(body.size_bytes()) + "\r\n";
    return join({method, " / HTTP/1.1\r\nHost: ", host, "\r\nConnection: keep-alive\r\n", length,
                 "\r\n", body.reveal()});
}

void encode(const ClassicResponse& response, std::chrono::sys_seconds now, std::string& out) {
    const std::string_view body = response.head ? std::string_view() : response.body;
    out += "HTTP/1.1 ";
    out += std::to_string(response.status);
    out += ' ';
    out += reason_phrase(response.status);
    out += "\r\n";
    append_header("Date", to_imf_fixdate(now), out);
    append_header("Server", "roster", out);
    append_header("Content-Type", response.content_type, out);
    append_header("Content-Length", std::to_string(body.size()), out);
    append_header("Connection", response.keep_alive ? "keep-alive" : "close", out);
    for (const auto& [name, value] : response.headers)
        if (is_token(name) && !is_reserved(name)) append_header(name, value, out);
    out += "\r\n";
    out += body;
}

}  // namespace roster::protocol::classic
