#include "core/json/json_parser.hpp"

#include <roster/error.hpp>

#include <boost/json/basic_parser_impl.hpp>

#include <cstdint>
#include <limits>
#include <utility>

namespace roster {
namespace {

namespace json = boost::json;

// Hands the parser's events on to the sink.
class Handler {
  public:
    static constexpr std::size_t max_object_size = std::numeric_limits<std::size_t>::max();
    static constexpr std::size_t max_array_size = std::numeric_limits<std::size_t>::max();
    static constexpr std::size_t max_key_size = 1024;
    static constexpr std::size_t max_string_size = 64 * 1024;

    using Error = json::error_code;
    using Text = json::string_view;

    explicit Handler(JsonHandler& sink) : sink_(sink) {}

    bool refused() const noexcept { return refused_; }

    bool on_document_begin(Error&) { return true; }
    bool on_document_end(Error&) { return true; }
    bool on_object_begin(Error& error) { return go_on(sink_.begin_object(), error); }
    bool on_object_end(std::size_t, Error& error) { return go_on(sink_.end_object(), error); }
    bool on_array_begin(Error& error) { return go_on(sink_.begin_array(), error); }
    bool on_array_end(std::size_t, Error& error) { return go_on(sink_.end_array(), error); }

    bool on_key_part(Text part, std::size_t, Error&) { return keep(part); }
    bool on_key(Text part, std::size_t, Error& error) {
        const bool good = sink_.name(whole(part));
        return go_on(good, error);
    }
    bool on_string_part(Text part, std::size_t, Error&) { return keep(part); }
    bool on_string(Text part, std::size_t, Error& error) {
        const bool good = sink_.string(whole(part));
        return go_on(good, error);
    }
    bool on_number_part(Text part, Error&) { return keep(part); }
    bool on_int64(std::int64_t value, Text part, Error& error) {
        JsonNumber number;
        if (value >= 0) number.whole = static_cast<std::uint64_t>(value);
        return on_number(number, part, error);
    }
    bool on_uint64(std::uint64_t value, Text part, Error& error) {
        JsonNumber number;
        number.whole = value;
        return on_number(number, part, error);
    }
    bool on_double(double, Text part, Error& error) { return on_number({}, part, error); }
    bool on_bool(bool value, Error& error) {
        return go_on(sink_.literal(value ? "true" : "false"), error);
    }
    bool on_null(Error& error) { return go_on(sink_.literal("null"), error); }
    bool on_comment_part(Text, Error&) { return true; }
    bool on_comment(Text, Error&) { return true; }

  private:
    bool on_number(JsonNumber number, Text part, Error& error) {
        number.text = whole(part);
        return go_on(sink_.number(number), error);
    }

    bool keep(Text part) {
        begun_.append(part.data(), part.size());
        return true;
    }

    // Lifetime: until the next part comes.
    std::string_view whole(Text part) {
        if (begun_.empty()) return {part.data(), part.size()};
        finished_ = std::exchange(begun_, {});
        finished_.append(part.data(), part.size());
        return finished_;
    }

    bool go_on(bool good, Error& error) {
        if (good) return true;
        refused_ = true;
        error = make_error_code(Errc::store_damaged);
        return false;
    }

    JsonHandler& sink_;
    std::string begun_;
    std::string finished_;
    bool refused_ = false;
};

std::string text_of(const json::error_code& error, std::string_view text, std::size_t offset) {
    if (text.starts_with("\xEF\xBB\xBF")) return "a byte order mark stands at the beginning";
    if (text.substr(0, 4096).find_first_not_of(" \t\r\n") == std::string_view::npos &&
        offset >= text.size())
        return "the text is empty";
    if (offset >= text.size()) return "the text ends in the middle";
    if (text[offset] == '\0') return "a NUL byte";
    if (error == json::error::too_deep) return "nested too deep";
    if (error == json::error::string_too_large) return "a text of more than 64 KiB";
    if (error == json::error::key_too_large) return "a name of more than 1 KiB";
    return "not JSON, or not UTF-8";
}

}  // namespace

ParsedTokens parse_first_value(std::string_view text, JsonHandler& sink) {
    json::parse_options options;
    options.max_depth = kMaxJsonDepth;
    json::basic_parser<Handler> parser(options, sink);
    json::error_code error;
    ParsedTokens parsed;
    parsed.end = parser.write_some(false, text.data(), text.size(), error);
    parsed.refused = parser.handler().refused();
    if (error && !parsed.refused)
        parsed.problem = SyntaxProblem{parsed.end, text_of(error, text, parsed.end)};
    return parsed;
}

ParsedTokens parse_tokens(std::string_view text, JsonHandler& sink) {
    ParsedTokens parsed = parse_first_value(text, sink);
    if (parsed.good() && parsed.end < text.size())
        parsed.problem = SyntaxProblem{parsed.end, "something follows the end"};
    return parsed;
}

}  // namespace roster
