#include "protocol/classic/response_encoder.hpp"

#include "core/text.hpp"
#include "core/time.hpp"
#include "protocol/classic/request_head.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace roster::protocol::classic {
namespace {

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
    for (const char c : value) {
        out += is_control(c) ? ' ' : c;
    }
    out += "\r\n";
}

void append_header(std::string_view name, std::string_view value, std::string& out) {
    out += name;
    out += ": ";
    append_value(value, out);
}

}  // namespace

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
    for (const auto& [name, value] : response.headers) {
        if (is_token(name) && !is_reserved(name)) append_header(name, value, out);
    }
    out += "\r\n";
    out += body;
}

}  // namespace roster::protocol::classic
