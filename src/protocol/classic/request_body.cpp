#include "protocol/classic/request_body.hpp"

#include "core/text.hpp"
#include "protocol/classic/request_head.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace roster::protocol::classic {
namespace {

constexpr std::string_view kPrefix = "user:";
constexpr std::array<std::string_view, 2> kPostOptions{"login", "signup"};

// A body that was typed has line ends after it.
std::string_view without_line_ends(std::string_view body) noexcept {
    while (!body.empty() && (body.back() == '\r' || body.back() == '\n'))
        body.remove_suffix(1);
    return body;
}

struct BodyParts {
    std::string_view email;
    std::string_view password;
    std::string_view option;
};

// Requires: the body starts with the prefix.
std::optional<BodyParts> split(std::string_view body) noexcept {
    body = without_line_ends(body);
    body.remove_prefix(kPrefix.size());
    const std::size_t first = body.find(',');
    const std::size_t last = body.rfind(',');
    if (first == last) return std::nullopt;
    return BodyParts{body.substr(0, first), body.substr(first + 1, last - first - 1),
                     body.substr(last + 1)};
}

bool is_number(std::string_view text) noexcept {
    return !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
}

Operation decode_post(const BodyParts& parts) {
    if (parts.option == "signup") return SignUp{std::string(parts.email), Secret(parts.password)};
    if (parts.option == "login") return LogIn{std::string(parts.email), Secret(parts.password)};
    return bad_request("the option of POST, behind the last comma, must be signup or login");
}

Operation decode_put(const BodyParts& parts) {
    if (!is_number(parts.option))
        return bad_request("the option of PUT, behind the last comma, must be a user's decimal id");
    const auto id = parse_digits(parts.option);
    if (!id) return bad_request("the user's id is too large to be one");
    return Modify{*id, std::string(parts.email), Secret(parts.password)};
}

bool continues_character(char byte) noexcept {
    return (static_cast<unsigned char>(byte) & 0xC0) == 0x80;
}

// How many bytes a character has after its first.
std::size_t continuation_bytes(char first) noexcept {
    const auto byte = static_cast<unsigned char>(first);
    if (byte < 0xC0) return 0;
    if (byte < 0xE0) return 1;
    return byte < 0xF0 ? 2 : 3;
}

RequestStart start_at(std::string_view bytes, std::size_t place) noexcept {
    if (place > bytes.size()) return RequestStart::other;
    return request_start(bytes.substr(place));
}

}  // namespace

bool completes_option(std::string_view body, std::size_t missing) noexcept {
    const std::string_view option = body.substr(body.rfind(',') + 1);
    return missing != 0 &&
           std::any_of(kPostOptions.begin(), kPostOptions.end(), [&](std::string_view whole) {
               return whole.size() == option.size() + missing && whole.starts_with(option);
           });
}

Operation decode_operation(Method method, std::string_view body) {
    if (method == Method::get) return View{};
    if (method == Method::head) return Status{};
    if (method == Method::other)
        return ProtocolError{405, "Method not allowed: there are GET, HEAD, POST and PUT"};
    if (!body.starts_with(kPrefix))
        return bad_request("the body must begin with \"user:\", as in user:EMAIL,PASSWORD,OPTION");
    const auto parts = split(body);
    if (!parts)
        return bad_request("the body must have two commas, as in user:EMAIL,PASSWORD,OPTION");
    return method == Method::post ? decode_post(*parts) : decode_put(*parts);
}

CountedBody::CountedBody(Method method, std::size_t counted, std::size_t max_bytes) noexcept
    : method_(method),
      counted_(counted),
      documented_(counted - kCountedTooMuch),
      max_bytes_(max_bytes) {
    if (documented_ == 0) characters_end_ = 0;
}

CountedBody::End CountedBody::scan(std::string_view bytes) noexcept {
    while (seen_ < bytes.size()) {
        count(bytes[seen_]);
        if (seen_ < documented_) continue;
        const End end = decide(bytes.substr(0, seen_));
        if (end.outcome != Outcome::more) return end;
    }
    return {};
}

void CountedBody::count(char byte) noexcept {
    if (seen_ < kPrefix.size()) has_prefix_ = has_prefix_ && byte == kPrefix[seen_];
    if (byte == ',' && ++commas_ == 2) second_comma_ = seen_;
    if (continues_character(byte)) {
        lacking_ -= lacking_ != 0 ? 1U : 0U;
    } else {
        // If the last one lacks bytes it is malformed, and has ended all the same.
        if (characters_ == documented_ && !characters_end_) characters_end_ = seen_;
        ++characters_;
        lacking_ = continuation_bytes(byte);
    }
    ++seen_;
    if (characters_ == documented_ && lacking_ == 0 && !characters_end_) characters_end_ = seen_;
}

// The count of characters takes precedence. It alone finds the true end of the documented client's
// body, so an e-mail or a password that this client passes on from someone else cannot end the body
// early and begin a request of its own. The other two readings can only end within the option.
CountedBody::End CountedBody::decide(std::string_view bytes) const noexcept {
    if (!characters_end_) return {bytes.size() > max_bytes_ ? Outcome::too_large : Outcome::more};
    const std::size_t end = *characters_end_;
    const RequestStart after = start_at(bytes, end);
    if (after == RequestStart::request) return {Outcome::whole, end};
    if (after == RequestStart::incomplete || bytes.size() < counted_) return {};
    if (end > counted_ && after == RequestStart::nothing) {
        const bool blank_line_came = bytes.size() - end >= kCountedTooMuch;
        return {blank_line_came ? Outcome::whole : Outcome::more, end};
    }
    for (const std::size_t other_end : {documented_, counted_}) {
        const RequestStart there = start_at(bytes, other_end);
        if (there == RequestStart::request) return {Outcome::whole, other_end};
        if (there == RequestStart::incomplete) return {};
    }
    return {end <= counted_ ? Outcome::whole : Outcome::lost, counted_};
}

bool CountedBody::is_well_formed(std::size_t size_bytes) const noexcept {
    return size_bytes >= kPrefix.size() && has_prefix_ && commas_ >= 2 &&
           second_comma_ < size_bytes;
}

bool CountedBody::is_cut_short(std::string_view bytes) const noexcept {
    if (method_ != Method::post) return false;
    const std::size_t bytes_missing = counted_ - std::min(counted_, bytes.size());
    const std::size_t characters_missing = documented_ - std::min(documented_, characters_);
    return completes_option(bytes, bytes_missing) || completes_option(bytes, characters_missing);
}

bool CountedBody::is_plausible(std::string_view bytes) const noexcept {
    return bytes.size() == documented_ || bytes.size() == counted_ || characters_end_;
}

std::optional<std::size_t> CountedBody::at_silence(std::string_view bytes) const noexcept {
    if (bytes.size() < documented_) return std::nullopt;
    for (const std::size_t end : {characters_end_.value_or(documented_), documented_, counted_}) {
        const RequestStart after = start_at(bytes, end);
        if (after == RequestStart::incomplete && is_well_formed(end)) return end;
        if (end > counted_ && after == RequestStart::nothing) break;
    }
    if (!is_plausible(bytes) || !is_well_formed(bytes.size()) || is_cut_short(bytes))
        return std::nullopt;
    return bytes.size();
}

std::optional<std::size_t> CountedBody::at_end(std::string_view bytes) const noexcept {
    if (const auto end = at_silence(bytes)) return end;
    // The response says what is wrong with it; nothing of it is applied.
    if (is_plausible(bytes)) return bytes.size();
    return std::nullopt;
}

}  // namespace roster::protocol::classic
