#include "audit/audit_format.hpp"

#include "core/sha256.hpp"
#include "core/text.hpp"
#include "core/time.hpp"

#include <boost/json/parse.hpp>

#include <sodium.h>

#include <algorithm>
#include <cstdio>

namespace roster::audit {
namespace {

constexpr std::string_view kEllipsis = "…";
constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

// Escapes what could end the line or deceive its reader, and replaces what is not UTF-8.
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

// Other digits, as in 007, are a text.
bool is_json_number(std::string_view text) noexcept {
    constexpr std::size_t kMostDigits = 18;
    return !text.empty() && text.size() <= kMostDigits && (text[0] != '0' || text == "0") &&
           std::all_of(text.begin(), text.end(), is_digit);
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

void append_text(std::string_view text, std::string& line) {
    line += '"';
    append_harmless(text, line);
    line += '"';
}

// {"user":17}, {"email":"17"}: nobody can choose a name that is taken for another kind of object.
void append_target(std::string_view target, std::string& line) {
    const auto end = target.find(' ');
    const std::string_view kind = target.substr(0, end);
    if (end == std::string_view::npos) return append_text(target, line);
    const std::string_view name = target.substr(end + 1);
    const bool has_number = kind == "user" || kind == "session" || kind == "bytes";
    line += '{';
    append_text(kind, line);
    line += ':';
    if (has_number && is_json_number(name))
        line += name;
    else
        append_text(name, line);
    line += '}';
}

std::string format_line(const AuditEvent& event, AuditTime time, std::uint64_t seq,
                        const std::string& prev) {
    std::string line = "{\"time\":\"" + to_milliseconds(time) + "\",\"seq\":" + std::to_string(seq);
    for (const auto& [name, text] : kAuditTexts) {
        if ((event.*text).empty()) continue;
        line.append(",\"").append(name).append("\":");
        const std::string value = cut_audit_text(event.*text);
        if (text == &AuditEvent::target)
            append_target(value, line);
        else
            append_text(value, line);
    }
    if (event.count > 1) line += ",\"count\":" + std::to_string(event.count);
    return line + ",\"prev\":\"" + prev + "\"}";
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
    return std::string(text.substr(0, kept)).append(kEllipsis);
}

void shorten(AuditEvent& event) {
    for (const auto& [name, text] : kAuditTexts)
        if ((event.*text).capacity() > kMaxAuditTextBytes)
            event.*text = cut_audit_text(event.*text);
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
    if (text_member(members, "action") == kLostAction) {
        const auto* count = members.if_contains("count");
        parsed.lost_events = count == nullptr ? 1 : count->to_number<std::uint64_t>(error);
    }
    return parsed;
}

std::string digest_of_line(std::string_view line) {
    static_assert(2 * std::tuple_size_v<Sha256> == kDigestDigits);
    const Sha256 digest = sha256(line);
    std::array<char, kDigestDigits + 1> hex{};
    return sodium_bin2hex(hex.data(), hex.size(), digest.data(), digest.size());
}

bool is_digest(std::string_view text) noexcept {
    const auto is_hex = [](char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); };
    return text.size() == kDigestDigits && std::all_of(text.begin(), text.end(), is_hex);
}

std::string AuditChain::add(const AuditEvent& event, AuditTime time) {
    std::string line = format_line(event, time, seq_ + 1, digest_);
    digest_ = digest_of_line(line);
    ++seq_;
    line += '\n';
    return line;
}

}  // namespace roster::audit
