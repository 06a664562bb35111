#include "protocol/classic/encoder.hpp"

#include "protocol/syntax.hpp"

#include <algorithm>
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

// RFC 9110 §8.6: a length of 0 is sent if the method gives a body a meaning.
bool needs_length(std::string_view method, const Secret& body) noexcept {
    return !body.empty() || method == "POST" || method == "PUT";
}

}  // namespace

result<Secret> account_body(std::string_view email, const Secret& password,
                            std::string_view option) {
    const auto is_inexpressible = [](char c) { return c == ',' || is_control(c); };
    if (std::any_of(email.begin(), email.end(), is_inexpressible)) return Errc::invalid_request;
    return join({"user:", email, ",", password.reveal(), ",", option});
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
    append_decimal(response.status, out);
    out += ' ';
    out += reason_phrase(response.status);
    out += "\r\n";
    out += date_line(now);
    out += "Server: roster\r\n";
    append_header("Content-Type", response.content_type, out);
    out += "Content-Length: ";
    append_decimal(body.size() + response.rest_bytes, out);
    out += response.keep_alive ? "\r\nConnection: keep-alive\r\n" : "\r\nConnection: close\r\n";
    for (const auto& [name, value] : response.headers)
        if (is_token(name) && !is_reserved_header(name)) append_header(name, value, out);
    out += "\r\n";
    out += body;
}

}  // namespace roster::protocol::classic
