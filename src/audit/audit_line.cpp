#include "audit/audit_line.hpp"

#include "core/text.hpp"
#include "core/time.hpp"

#include <boost/json/parse.hpp>

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>

namespace roster::audit {
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

void append_harmless(std::string_view text, std::string& out) {
    while (!text.empty()) {
        const std::size_t length = character_bytes(text);
        const std::string_view character = text.substr(0, length);
        if (length == 0) {
            out += kReplacement;
        } else if (is_deceptive(code_point_of(character))) {
            append_json_escape(code_point_of(character), out);
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
    append_member("detail", event.detail, line);
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

}  // namespace roster::audit
