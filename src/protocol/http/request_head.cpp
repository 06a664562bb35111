#include "protocol/http/request_head.hpp"

#include "core/text.hpp"
#include "protocol/syntax.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace roster::protocol::http {
namespace {

constexpr std::size_t kMaxRequestIdBytes = 64;

struct MethodName {
    std::string_view name;
    Method method;
};
constexpr std::array<MethodName, 8> kMethods{{{"GET", Method::get},
                                              {"HEAD", Method::head},
                                              {"POST", Method::post},
                                              {"PUT", Method::put},
                                              {"PATCH", Method::patch},
                                              {"DELETE", Method::delete_},
                                              {"OPTIONS", Method::options},
                                              {"TRACE", Method::trace}}};

constexpr std::string_view kRequestLineRule = "the request line must be METHOD TARGET HTTP/1.1";

Method method_named(std::string_view name) noexcept {
    const auto found = std::find_if(kMethods.begin(), kMethods.end(),
                                    [name](const MethodName& m) { return m.name == name; });
    return found == kMethods.end() ? Method::other : found->method;
}

bool is_request_id(std::string_view text) noexcept {
    return !text.empty() && text.size() <= kMaxRequestIdBytes &&
           std::all_of(text.begin(), text.end(), [](char c) {
               return is_ascii_alphanumeric(c) || c == '.' || c == '_' || c == '-';
           });
}

}  // namespace

std::string_view name_of(Method method) noexcept {
    const auto found = std::find_if(kMethods.begin(), kMethods.end(),
                                    [method](const MethodName& m) { return m.method == method; });
    return found == kMethods.end() ? "OTHER" : found->name;
}

std::optional<FieldLine> parse_field_line(std::string_view line) noexcept {
    const std::size_t colon = token_bytes(line);
    if (colon == 0 || colon == line.size() || line[colon] != ':') return std::nullopt;
    FieldLine field{line.substr(0, colon), trimmed(line.substr(colon + 1))};
    if (!is_field_value(field.value)) return std::nullopt;
    return field;
}

bool RequestHead::read_request_line(std::string_view line) {
    const std::size_t first = token_bytes(line);
    const std::size_t last = line.rfind(' ');
    if (first == 0 || last == line.npos || last <= first || line[first] != ' ')
        return malformed(kRequestLineRule);
    const std::string_view target = line.substr(first + 1, last - first - 1);
    const bool printable =
        std::all_of(target.begin(), target.end(), [](char c) { return c > 0x20 && c < 0x7F; });
    if (target.empty() || !printable)
        return malformed("the target must have no blanks, control characters or raw bytes");
    if (!read_version(line.substr(last + 1))) return false;
    if (line.starts_with("CONNECT "))
        return refuse(ProblemCode::not_implemented, "this server is no proxy");
    request_.method = method_named(line.substr(0, first));
    target_begin_ = first + 1;
    target_bytes_ = target.size();
    return true;
}

bool RequestHead::read_version(std::string_view version) {
    const bool well_formed = version.size() == 8 && version.starts_with("HTTP/") &&
                             is_digit(version[5]) && version[6] == '.' && is_digit(version[7]);
    if (!well_formed) return malformed(kRequestLineRule);
    if (version[5] != '1') return refuse(ProblemCode::version_not_supported, "this is HTTP/1.1");
    request_.http_1_0 = version[7] == '0';
    return true;
}

bool RequestHead::read_field_line(std::string_view line, std::size_t offset) {
    if (line.front() == ' ' || line.front() == '\t')
        return malformed("a header must not be folded over lines");
    const auto field = parse_field_line(line);
    if (!field) return malformed("a header must be NAME: VALUE, without control characters");
    const auto place = [line, offset](std::string_view part) {
        return offset + static_cast<std::size_t>(part.data() - line.data());
    };
    request_.fields.add(place(field->name), field->name.size(), place(field->value),
                        field->value.size());
    return note(field->name, field->value);
}

// Fields that decide on the framing, by the length of their names first.
bool RequestHead::note(std::string_view name, std::string_view value) {
    const auto is = [name](std::string_view known) { return equals_ignoring_case(name, known); };
    switch (name.size()) {
        case 4: return !is("Host") || note_host(value);
        case 6: return !is("Expect") || note_expectations(value);
        case 10: return !is("Connection") || note_connection(value);
        case 14: return !is("Content-Length") || note_content_length(value);
        case 17: return !is("Transfer-Encoding") || note_codings(value);
        default: return true;
    }
}

bool RequestHead::note_host(std::string_view value) {
    if (host_) return malformed("there must be one Host only");
    if (!is_authority(value)) return malformed("Host must be HOST or HOST:PORT");
    host_ = request_.fields.size() - 1;
    return true;
}

bool RequestHead::note_content_length(std::string_view value) {
    const auto length = parse_digits(value);
    if (!length) return malformed("Content-Length must be a decimal number");
    if (content_length_ && *content_length_ != length)
        return malformed("there must be one Content-Length only");
    content_length_ = length;
    return true;
}

bool RequestHead::note_codings(std::string_view list) {
    has_codings_ = true;
    constexpr std::string_view kRule = "Transfer-Encoding must be chunked";
    if (list.ends_with(',')) return malformed(kRule);
    do {
        const std::string_view coding = take_element(list);
        if (!is_token(trimmed(coding.substr(0, coding.find(';'))))) return malformed(kRule);
        chunked_is_last_ = equals_ignoring_case(coding, "chunked");
        if (chunked_is_last_) {
            ++chunked_;
        } else {
            unknown_coding_ = true;
        }
    } while (!list.empty());
    return true;
}

bool RequestHead::note_connection(std::string_view list) {
    while (!list.empty()) {
        const std::string_view option = take_element(list);
        if (!option.empty() && !is_token(option))
            return malformed("Connection must be a list of names");
        close_ = close_ || equals_ignoring_case(option, "close");
        keep_alive_ = keep_alive_ || equals_ignoring_case(option, "keep-alive");
    }
    return true;
}

// A client of HTTP/1.0 does not know the field (RFC 9110 §10.1.1).
bool RequestHead::note_expectations(std::string_view list) {
    while (!list.empty() && !request_.http_1_0) {
        const std::string_view expectation = take_element(list);
        if (equals_ignoring_case(expectation, "100-continue"))
            expects_continue_ = true;
        else if (!expectation.empty())
            request_.has_unknown_expectation = true;
    }
    return true;
}

// RFC 9112 §6.1 and §6.3: what two recipients could read in two ways is an attack.
bool RequestHead::check_framing() {
    if (!has_codings_) return true;
    if (request_.http_1_0) return malformed("HTTP/1.0 has no Transfer-Encoding");
    if (content_length_)
        return malformed("Transfer-Encoding and Content-Length exclude each other");
    if (chunked_ > 1 || (chunked_ == 1 && !chunked_is_last_))
        return malformed("Transfer-Encoding must be chunked, once");
    if (unknown_coding_)
        return refuse(ProblemCode::not_implemented, "the only Transfer-Encoding is chunked");
    return true;
}

bool RequestHead::finish(std::string_view head) {
    if (!check_framing()) return false;
    if (!host_ && !request_.http_1_0) return malformed("a Host is needed");
    Fields& fields = request_.fields;
    fields.set_text(head);
    const std::string_view problem = request_.target.parse(
        head.substr(target_begin_, target_bytes_), request_.method == Method::options);
    if (!problem.empty()) return malformed(problem);
    request_.host = request_.target.authority();
    if (request_.host.empty() && host_) request_.host = fields[*host_].value;
    expects_continue_ = expects_continue_ && !request_.has_unknown_expectation;
    request_.keep_alive =
        !close_ && !request_.has_unknown_expectation && (!request_.http_1_0 || keep_alive_);
    const auto id = fields.find("Request-Id");
    if (id && is_request_id(*id)) request_.request_id = *id;
    return true;
}

bool RequestHead::refuse(ProblemCode code, std::string_view why) {
    refusal_.emplace(code, std::string(why));
    return false;
}

void RequestHead::clear() noexcept {
    request_.method = Method::other;
    request_.target.clear();
    request_.http_1_0 = false;
    request_.has_unknown_expectation = false;
    request_.keep_alive = true;
    request_.fields.clear();
    request_.host = request_.body = request_.request_id = {};
    target_begin_ = target_bytes_ = 0;
    host_.reset();
    close_ = keep_alive_ = expects_continue_ = has_codings_ = false;
    chunked_ = 0;
    chunked_is_last_ = unknown_coding_ = false;
    content_length_.reset();
}

}  // namespace roster::protocol::http
