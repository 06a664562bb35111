#include "storage/audit/audit_line.hpp"

#include "vocabulary/text.hpp"
#include "vocabulary/time.hpp"

#include <boost/json/parse.hpp>

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>

namespace roster::storage {
namespace {

constexpr std::string_view kEllipsis = "…";
constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

// The length of the character that a text begins with; 0 where that is no UTF-8.
std::size_t character_bytes(std::string_view text) noexcept {
    constexpr std::size_t kLongest = 4;
    for (std::size_t length = 1; length <= std::min(kLongest, text.size()); ++length)
        if (count_code_points(text.substr(0, length)) == 1) return length;
    return 0;
}

// Requires: one well-formed character.
char32_t code_point_of(std::string_view character) noexcept {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(character[i]); };
    if (character.size() == 1) return byte(0);
    char32_t code = byte(0) & (0x7FU >> character.size());
    for (std::size_t i = 1; i < character.size(); ++i)
        code = (code << 6U) | (byte(i) & 0x3FU);
    return code;
}

// What ends a line somewhere, or shows a reader another text than is there: control characters,
// line and paragraph separators, directions, invisible ones, tags.
bool is_deceptive(char32_t code) noexcept {
    constexpr std::array<std::pair<char32_t, char32_t>, 9> kRanges{{
        {0x00, 0x1F},
        {0x7F, 0x9F},
        {0xAD, 0xAD},
        {0x061C, 0x061C},
        {0x200B, 0x200F},
        {0x2028, 0x202E},
        {0x2060, 0x206F},
        {0xFEFF, 0xFEFF},
        {0xE0000, 0xE007F},
    }};
    return std::any_of(kRanges.begin(), kRanges.end(), [code](const auto& range) {
        return code >= range.first && code <= range.second;
    });
}

void append_unit(std::uint32_t unit, std::string& out) {
    std::array<char, 8> text{};
    const int size = std::snprintf(text.data(), text.size(), "\\u%04x", unit & 0xFFFFU);
    out.append(text.data(), static_cast<std::size_t>(size));
}

// Beyond the first plane JSON has two units for a character.
void append_escaped(char32_t code, std::string& out) {
    if (code < 0x10000) return append_unit(code, out);
    append_unit(0xD800U + ((code - 0x10000U) >> 10U), out);
    append_unit(0xDC00U + ((code - 0x10000U) & 0x3FFU), out);
}

void append_harmless(std::string_view text, std::string& out) {
    while (!text.empty()) {
        const std::size_t length = character_bytes(text);
        const std::string_view character = text.substr(0, length);
        if (length == 0) {
            out += kReplacement;
        } else if (is_deceptive(code_point_of(character))) {
            append_escaped(code_point_of(character), out);
        } else {
            if (character == "\"" || character == "\\") out += '\\';
            out += character;
        }
        text.remove_prefix(std::max<std::size_t>(length, 1));
    }
}

void append_member(std::string_view name, std::string_view text, std::string& out) {
    if (text.empty()) return;
    out += ",\"";
    out += name;
    out += "\":\"";
    append_harmless(cut_audit_text(text), out);
    out += '"';
}

std::string to_milliseconds(AuditTime time) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
    const auto rest = std::chrono::floor<std::chrono::milliseconds>(time - seconds).count();
    std::array<char, 16> fraction{};
    std::snprintf(fraction.data(), fraction.size(), ".%03dZ", static_cast<int>(rest));
    std::string text = to_rfc3339(seconds);
    text.pop_back();
    return text + fraction.data();
}

std::string text_member(const boost::json::object& line, std::string_view name) {
    const auto* value = line.if_contains(name);
    if (value == nullptr || !value->is_string()) return {};
    return {value->get_string().data(), value->get_string().size()};
}

}  // namespace

std::string cut_audit_text(std::string_view text) {
    if (text.size() <= kMaxAuditTextBytes) return std::string(text);
    std::size_t kept = 0;
    for (;;) {
        const std::size_t length = character_bytes(text.substr(kept));
        const std::size_t more = kept + std::max<std::size_t>(length, 1);
        if (more > kMaxAuditTextBytes - kEllipsis.size()) break;
        kept = more;
    }
    std::string cut(text.substr(0, kept));
    cut += kEllipsis;
    return cut;
}

std::string format_audit_line(const AuditEvent& event, AuditTime time, std::uint64_t seq,
                              std::string_view prev) {
    std::string line = "{\"time\":\"" + to_milliseconds(time) + "\",\"seq\":" + std::to_string(seq);
    append_member("actor", event.actor, line);
    append_member("address", event.address, line);
    append_member("action", event.action, line);
    append_member("target", event.target, line);
    append_member("outcome", event.outcome, line);
    append_member("request_id", event.request_id, line);
    if (event.count > 1) line += ",\"count\":" + std::to_string(event.count);
    line += ",\"prev\":\"";
    line += prev;
    line += "\"}";
    return line;
}

std::optional<AuditLine> parse_audit_line(std::string_view line) {
    if (line.size() > kMaxAuditLineBytes) return std::nullopt;
    boost::system::error_code error;
    const boost::json::value value = boost::json::parse(line, error);
    if (error || !value.is_object()) return std::nullopt;
    const boost::json::object& members = value.get_object();
    AuditLine parsed;
    parsed.time = text_member(members, "time");
    parsed.prev = text_member(members, "prev");
    if (!parse_rfc3339(parsed.time) || !is_digest(parsed.prev)) return std::nullopt;
    const auto* seq = members.if_contains("seq");
    if (seq == nullptr || !seq->is_int64() || seq->get_int64() < 1) return std::nullopt;
    parsed.seq = static_cast<std::uint64_t>(seq->get_int64());
    return parsed;
}

bool is_digest(std::string_view text) noexcept {
    const auto is_hex = [](char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); };
    return text.size() == kDigestDigits && std::all_of(text.begin(), text.end(), is_hex);
}

}  // namespace roster::storage
