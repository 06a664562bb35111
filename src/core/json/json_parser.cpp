#include "core/json/json_parser.hpp"

#include <roster/error.hpp>

#include "core/text.hpp"
#include "core/wiping_allocator.hpp"

#include <boost/json/basic_parser_impl.hpp>

#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

namespace roster {
namespace {

namespace json = boost::json;

// Makes tokens of the parser's events.
class Events {
  public:
    static constexpr std::size_t max_object_size = std::numeric_limits<std::size_t>::max();
    static constexpr std::size_t max_array_size = std::numeric_limits<std::size_t>::max();
    static constexpr std::size_t max_key_size = 1024;
    static constexpr std::size_t max_string_size = 64 * 1024;

    using Error = json::error_code;
    using Text = json::string_view;

    explicit Events(JsonHandler& handler) : handler_(handler) {}

    bool on_document_begin(Error&) { return true; }
    bool on_document_end(Error&) { return true; }
    bool on_object_begin(Error& e) { return token(JsonKind::begin_object, "{", e); }
    bool on_object_end(std::size_t, Error& e) { return token(JsonKind::end_object, "}", e); }
    bool on_array_begin(Error& e) { return token(JsonKind::begin_array, "[", e); }
    bool on_array_end(std::size_t, Error& e) { return token(JsonKind::end_array, "]", e); }
    bool on_key_part(Text part, std::size_t, Error&) { return keep(part); }
    bool on_key(Text part, std::size_t, Error& e) { return token(JsonKind::name, whole(part), e); }
    bool on_string_part(Text part, std::size_t, Error&) { return keep(part); }
    bool on_string(Text part, std::size_t, Error& e) {
        return token(JsonKind::string, whole(part), e);
    }
    bool on_number_part(Text part, Error&) { return keep(part); }
    bool on_int64(std::int64_t, Text part, Error& e) {
        return token(JsonKind::number, whole(part), e);
    }
    bool on_uint64(std::uint64_t, Text part, Error& e) {
        return token(JsonKind::number, whole(part), e);
    }
    bool on_double(double, Text part, Error& e) { return token(JsonKind::number, whole(part), e); }
    bool on_bool(bool value, Error& e) {
        return token(JsonKind::literal, value ? "true" : "false", e);
    }
    bool on_null(Error& e) { return token(JsonKind::literal, "null", e); }
    bool on_comment_part(Text, Error&) { return true; }
    bool on_comment(Text, Error&) { return true; }

  private:
    bool token(JsonKind kind, std::string_view text, Error& error) {
        if (handler_.take(JsonToken{kind, text, index_++})) return true;
        error = make_error_code(Errc::store_damaged);
        return false;
    }

    bool keep(Text part) {
        begun_.insert(begun_.end(), part.begin(), part.end());
        return true;
    }

    // Lifetime: until the next part.
    std::string_view whole(Text part) {
        if (begun_.empty()) return {part.data(), part.size()};
        finished_ = std::exchange(begun_, {});
        finished_.insert(finished_.end(), part.begin(), part.end());
        return {finished_.data(), finished_.size()};
    }

    JsonHandler& handler_;
    std::size_t index_ = 0;
    // A string may be a password.
    std::vector<char, WipingAllocator<char>> begun_;
    std::vector<char, WipingAllocator<char>> finished_;
};

// What people write into JSON by hand.
std::string_view slip_at(std::string_view text, std::size_t offset) {
    const char found = text[offset];
    const std::size_t before = text.substr(0, offset).find_last_not_of(" \t\r\n");
    const char last = before == std::string_view::npos ? '\0' : text[before];
    if (last == ',' && (found == '}' || found == ']'))
        return found == '}' ? "a comma before }" : "a comma before ]";
    if (static_cast<unsigned char>(found) < 0x20)
        return "a line break or another control character in a text";
    if (found == '/' || found == '#') return "a comment, which JSON does not have";
    if (found == '\'') return "a single quote; JSON has double ones";
    if (found == '"' && std::string_view("\"}]el0123456789").find(last) != std::string_view::npos)
        return "a comma is missing before this";
    return "not JSON";
}

std::string text_of(const json::error_code& error, std::string_view text, std::size_t offset) {
    if (text.starts_with("\xEF\xBB\xBF")) return "a byte order mark at the beginning";
    if (text.substr(0, 4096).find_first_not_of(" \t\r\n") == std::string_view::npos &&
        offset >= text.size())
        return "the text is empty";
    if (offset >= text.size()) return "the text ends in the middle";
    if (text[offset] == '\0') return "a NUL byte";
    if (error == json::error::too_deep) return "nested too deep";
    if (error == json::error::string_too_large) return "a text of more than 64 KiB";
    if (error == json::error::key_too_large) return "a name of more than 1 KiB";
    if (static_cast<unsigned char>(text[offset]) >= 0x80) return "not UTF-8, or not JSON";
    return std::string(slip_at(text, offset));
}

std::size_t end_of_token(std::string_view json, std::size_t begin) noexcept {
    constexpr std::string_view kBrackets = "{}[]";
    constexpr std::string_view kEnds = " \t\r\n,:{}[]\"";
    if (json[begin] == '"') return end_of_string(json, begin);
    if (kBrackets.find(json[begin]) != std::string_view::npos) return begin + 1;
    return std::min(json.find_first_of(kEnds, begin), json.size());
}

Diagnostic at_offset(std::string text, std::size_t offset) {
    Location location;
    location.offset = offset;
    return Diagnostic(std::move(text), std::move(location));
}

}  // namespace

std::size_t end_of_string(std::string_view json, std::size_t quote) noexcept {
    std::size_t i = quote + 1;
    while (i < json.size() && json[i] != '"')
        i += json[i] == '\\' ? 2 : 1;
    return i + 1;
}

std::optional<std::uint64_t> parse_decimal(std::string_view text) noexcept {
    const bool has_leading_zero = text.size() > 1 && text.front() == '0';
    return has_leading_zero ? std::nullopt : parse_digits(text);
}

FirstValue parse_first_value(std::string_view text, JsonHandler& handler) {
    json::parse_options options;
    options.max_depth = kMaxJsonDepth;
    json::basic_parser<Events> parser(options, handler);
    json::error_code error;
    FirstValue parsed;
    parsed.end = parser.write_some(false, text.data(), text.size(), error);
    if (!error) return parsed;
    if (const auto& problem = handler.problem()) {
        parsed.end = offset_of_token(text, problem->token);
        parsed.problem = at_offset(problem->text, parsed.end);
    } else {
        parsed.problem = at_offset(text_of(error, text, parsed.end), parsed.end);
    }
    return parsed;
}

std::optional<Diagnostic> parse_json(std::string_view text, JsonHandler& handler) {
    FirstValue parsed = parse_first_value(text, handler);
    if (!parsed.problem && parsed.end == text.size()) return std::nullopt;
    std::string what = parsed.problem ? std::move(parsed.problem->text)
                                      : std::string("the JSON is followed by something else");
    return Diagnostic(std::move(what), locate(text, parsed.end));
}

Location locate(std::string_view text, std::size_t offset) {
    const std::string_view before = text.substr(0, offset);
    const auto newline = before.rfind('\n');
    const std::string_view line =
        newline == std::string_view::npos ? before : before.substr(newline + 1);
    const auto begins_character = [](char c) { return (static_cast<unsigned char>(c) >> 6) != 2; };
    Location location;
    location.line = static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n')) + 1;
    location.column =
        static_cast<std::size_t>(std::count_if(line.begin(), line.end(), begins_character)) + 1;
    return location;
}

std::size_t offset_of_token(std::string_view text, std::size_t index) noexcept {
    std::size_t offset = 0;
    for (;;) {
        offset = text.find_first_not_of(" \t\r\n,:", offset);
        if (offset == std::string_view::npos) return text.size();
        if (index-- == 0) return offset;
        offset = end_of_token(text, offset);
    }
}

}  // namespace roster
