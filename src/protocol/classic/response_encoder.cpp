#include "protocol/classic/response_encoder.hpp"

#include "core/text.hpp"
#include "core/time.hpp"

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
        case 202: return "Accepted";
        case 400: return "Bad Request";
        case 401: return "Unauthorized";
        case 403: return "Forbidden";
        case 404: return "Not Found";
        case 405: return "Method Not Allowed";
        case 406: return "Not Acceptable";
        case 408: return "Request Timeout";
        case 409: return "Conflict";
        case 411: return "Length Required";
        case 412: return "Precondition Failed";
        case 413: return "Content Too Large";
        case 414: return "URI Too Long";
        case 415: return "Unsupported Media Type";
        case 417: return "Expectation Failed";
        case 422: return "Unprocessable Content";
        case 429: return "Too Many Requests";
        case 431: return "Request Header Fields Too Large";
        case 500: return "Internal Server Error";
        case 501: return "Not Implemented";
        case 503: return "Service Unavailable";
        case 505: return "HTTP Version Not Supported";
        default:
            // The phrase may be empty, and no client may depend on it.
            return "";
    }
}

bool is_name(std::string_view name) noexcept {
    return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
        const char lower = ascii_lower(c);
        return (lower >= 'a' && lower <= 'z') || is_digit(c) || c == '-' || c == '_';
    });
}

// A second one of these would contradict the encoder's own.
bool is_of_the_encoder(std::string_view name) noexcept {
    constexpr std::array<std::string_view, 6> kNames{
        "Date", "Server", "Content-Type", "Content-Length", "Connection", "Transfer-Encoding"};
    return std::any_of(kNames.begin(), kNames.end(),
                       [&](std::string_view own) { return equals_ignoring_case(name, own); });
}

// A value cannot end its line, whoever it comes from.
void append_value(std::string_view value, std::string& out) {
    for (const char c : value) {
        const bool control = static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
        out += control ? ' ' : c;
    }
    out += "\r\n";
}

void append_header(std::string_view name, std::string_view value, std::string& out) {
    out += name;
    out += ": ";
    append_value(value, out);
}

}  // namespace

void encode(const Response& response, std::chrono::sys_seconds now, std::string& out) {
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
        if (is_name(name) && !is_of_the_encoder(name)) append_header(name, value, out);
    }
    out += "\r\n";
    out += body;
}

}  // namespace roster::protocol::classic
