#include "protocol/classic/grammar.hpp"

#include "core/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace roster::protocol::classic {
namespace {

constexpr std::array<std::string_view, 2> kPostOptions{"login", "signup"};

// A typed body has line ends behind it.
std::string_view without_line_ends(std::string_view body) noexcept {
    while (!body.empty() && (body.back() == '\r' || body.back() == '\n'))
        body.remove_suffix(1);
    return body;
}

struct Parts {
    std::string_view email;
    std::string_view password;
    std::string_view option;
};

// Requires: the prefix.
std::optional<Parts> split(std::string_view body) noexcept {
    body = without_line_ends(body);
    body.remove_prefix(kBodyPrefix.size());
    const std::size_t first = body.find(',');
    const std::size_t last = body.rfind(',');
    if (first == last) return std::nullopt;
    return Parts{body.substr(0, first), body.substr(first + 1, last - first - 1),
                 body.substr(last + 1)};
}

bool is_number(std::string_view text) noexcept {
    return !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
}

ProtocolError bad_request(std::string_view what) {
    return {400, "Bad request: " + std::string(what)};
}

Message decode_post(const Parts& parts) {
    if (parts.option == "signup") return SignUp{std::string(parts.email), Secret(parts.password)};
    if (parts.option == "login") return LogIn{std::string(parts.email), Secret(parts.password)};
    return bad_request("the option of POST, behind the last comma, must be signup or login");
}

Message decode_put(const Parts& parts) {
    if (!is_number(parts.option))
        return bad_request("the option of PUT, behind the last comma, must be a user's decimal id");
    Modify modify{0, std::string(parts.email), Secret(parts.password)};
    const char* const end = parts.option.data() + parts.option.size();
    const auto parsed = std::from_chars(parts.option.data(), end, modify.id);
    if (parsed.ec != std::errc{}) return bad_request("the user's id is too large to be one");
    return modify;
}

}  // namespace

bool lacks(std::string_view body, std::size_t missing) noexcept {
    const std::string_view option = body.substr(body.rfind(',') + 1);
    return missing != 0 &&
           std::any_of(kPostOptions.begin(), kPostOptions.end(), [&](std::string_view whole) {
               return whole.size() == option.size() + missing && whole.starts_with(option);
           });
}

Message decode_message(Method method, std::string_view body) {
    if (method == Method::get) return View{};
    if (method == Method::head) return Status{};
    if (method == Method::other)
        return ProtocolError{405, "Method not allowed: there are GET, HEAD, POST and PUT"};
    if (!body.starts_with(kBodyPrefix))
        return bad_request("the body must begin with \"user:\", as in user:EMAIL,PASSWORD,OPTION");
    const auto parts = split(body);
    if (!parts)
        return bad_request("the body must have two commas, as in user:EMAIL,PASSWORD,OPTION");
    return method == Method::post ? decode_post(*parts) : decode_put(*parts);
}

}  // namespace roster::protocol::classic
