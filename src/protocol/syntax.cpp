#include "protocol/syntax.hpp"

#include "core/text.hpp"
#include "core/time.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstring>

namespace roster::protocol {

// Of literals: a `const char*` is measured again each time.
using std::string_view_literals::operator""sv;

namespace {

constexpr std::size_t kWordBytes = sizeof(std::uint64_t);

// Looks at eight bytes at once: most of a request's head goes through here. True if one of them is
// a control character; the borrow or carry of one may make it true for its neighbour, too.
bool may_have_control(const char* bytes) noexcept {
    constexpr std::uint64_t kOnes = 0x0101010101010101;
    constexpr std::uint64_t kHighBits = kOnes * 0x80;
    std::uint64_t word = 0;
    std::memcpy(&word, bytes, sizeof word);
    // Of ASCII, what is below 0x20 or above 0x7E.
    return (((word - kOnes * 0x20) | (word + kOnes)) & ~word & kHighBits) != 0;
}

bool is_blank(char c) noexcept {
    return c == ' ' || c == '\t';
}

}  // namespace

bool is_field_value(std::string_view text) noexcept {
    if (text.size() >= kWordBytes) {
        const char* at = text.data();
        const char* const last = at + text.size() - kWordBytes;
        while (at < last && !may_have_control(at))
            at += kWordBytes;
        if (at >= last && !may_have_control(last)) return true;
    }
    return std::none_of(text.begin(), text.end(),
                        [](char c) { return is_control(c) && c != '\t'; });
}

std::string_view trimmed(std::string_view text) noexcept {
    while (!text.empty() && is_blank(text.front()))
        text.remove_prefix(1);
    while (!text.empty() && is_blank(text.back()))
        text.remove_suffix(1);
    return text;
}

std::string_view take_element(std::string_view& list) noexcept {
    bool quoted = false;
    std::size_t end = 0;
    for (; end < list.size() && (quoted || list[end] != ','); ++end) {
        if (list[end] == '"') quoted = !quoted;
        if (quoted && list[end] == '\\' && end + 1 < list.size()) ++end;
    }
    const std::string_view element = trimmed(list.substr(0, end));
    list.remove_prefix(std::min(end + 1, list.size()));
    return element;
}

std::string_view reason_phrase(unsigned status) noexcept {
    switch (status) {
        case 200: return "OK";
        case 201: return "Created";
        case 204: return "No Content";
        case 302: return "Found";
        case 303: return "See Other";
        case 304: return "Not Modified";
        case 400: return "Bad Request";
        case 401: return "Unauthorized";
        case 403: return "Forbidden";
        case 404: return "Not Found";
        case 405: return "Method Not Allowed";
        case 406: return "Not Acceptable";
        case 408: return "Request Timeout";
        case 409: return "Conflict";
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
        default: return "";
    }
}

void append_decimal(std::uint64_t number, std::string& out) {
    std::array<char, 20> digits{};
    const auto written = std::to_chars(digits.data(), digits.data() + digits.size(), number);
    out.append(digits.data(), written.ptr);
}

void append_header(std::string_view name, std::string_view value, std::string& out) {
    out.append(name).append(": "sv);
    if (is_field_value(value))
        out += value;
    else
        for (const char c : value)
            out += is_control(c) ? ' ' : c;
    out += "\r\n"sv;
}

std::string_view date_line(std::chrono::sys_seconds now) {
    thread_local std::string line;
    thread_local std::chrono::sys_seconds made_for;
    if (!line.empty() && now == made_for) return line;
    line.clear();
    append_header("Date", to_imf_fixdate(now), line);
    made_for = now;
    return line;
}

}  // namespace roster::protocol
