#include "protocol/http/target.hpp"

#include "core/text.hpp"
#include "protocol/http/escapes.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <string>
#include <utility>

namespace roster::protocol::http {
namespace {

constexpr std::string_view kMalformed = "the target has characters that a URL cannot have";
constexpr std::string_view kMisencoded =
    "the target has a broken escape, a NUL or text that is not UTF-8";

constexpr std::uint8_t kInPath = 1;
constexpr std::uint8_t kInQuery = 2;
constexpr std::uint8_t kInHost = 4;

// RFC 3986; and in a query what browsers send without escaping it.
constexpr std::array<std::uint8_t, 256> kCharacters = [] {
    std::array<std::uint8_t, 256> table{};
    const auto add = [&table](std::string_view characters, std::uint8_t where) {
        for (const char c : characters)
            table[static_cast<unsigned char>(c)] |= where;
    };
    for (int c = 0; c < 128; ++c) {
        if (is_ascii_alphanumeric(static_cast<char>(c)))
            table[static_cast<std::size_t>(c)] = kInPath | kInQuery | kInHost;
    }
    add("-._~!$&'()*+;=%", kInPath | kInQuery | kInHost);
    add(",:@/", kInPath | kInQuery);
    add("?[]{}|\\^`", kInQuery);
    return table;
}();

bool consists_of(std::string_view text, std::uint8_t where) noexcept {
    for (const char c : text)
        if ((kCharacters[static_cast<unsigned char>(c)] & where) == 0) return false;
    return true;
}

bool is_port(std::string_view text) noexcept {
    std::uint16_t port = 0;
    const char* const end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data(), end, port);
    return text.empty() || (parsed.ec == std::errc() && parsed.ptr == end);
}

bool is_ipv6(std::string_view text) noexcept {
    std::array<char, INET6_ADDRSTRLEN> copy{};
    if (text.size() >= copy.size()) return false;
    std::copy(text.begin(), text.end(), copy.begin());
    in6_addr address{};
    return inet_pton(AF_INET6, copy.data(), &address) == 1;
}

bool is_name(std::string_view text) noexcept {
    if (text.empty() || !consists_of(text, kInHost)) return false;
    for (std::size_t i = 0; i < text.size(); ++i)
        if (text[i] == '%' && escaped_byte(text.substr(i)) <= 0x20) return false;
    return true;
}

}  // namespace

bool is_authority(std::string_view text) noexcept {
    std::size_t host_end = text.find(':');
    if (text.starts_with('[')) {
        const std::size_t bracket = text.find(']');
        if (bracket == text.npos || !is_ipv6(text.substr(1, bracket - 1))) return false;
        host_end = bracket + 1;
    } else if (!is_name(text.substr(0, host_end))) {
        return false;
    }
    if (host_end >= text.size()) return true;
    return text[host_end] == ':' && is_port(text.substr(host_end + 1));
}

std::optional<std::string> origin_of(std::string_view url) {
    std::string origin(url);
    std::transform(origin.begin(), origin.end(), origin.begin(), ascii_lower);
    if (origin.ends_with('/')) origin.pop_back();
    for (const auto& [scheme, port] :
         {std::pair<std::string_view, std::string_view>{"http://", ":80"}, {"https://", ":443"}}) {
        if (!origin.starts_with(scheme)) continue;
        if (!is_authority(std::string_view(origin).substr(scheme.size()))) return std::nullopt;
        if (origin.ends_with(':')) origin.pop_back();
        if (origin.ends_with(port)) origin.erase(origin.size() - port.size());
        return origin;
    }
    return std::nullopt;
}

std::string_view Target::parse(std::string_view text, bool options) {
    clear();
    if (text == "*" && options) {
        form_ = Form::asterisk;
        path_ = text;
        return {};
    }
    if (text.starts_with('/')) return parse_path(text);
    return parse_absolute(text, options);
}

std::string_view Target::parse_absolute(std::string_view text, bool options) {
    const std::size_t scheme_end = text.find("://");
    const std::string_view scheme = text.substr(0, scheme_end);
    const bool known =
        equals_ignoring_case(scheme, "http") || equals_ignoring_case(scheme, "https");
    if (scheme_end == text.npos || !known)
        return "the target must be a path that begins with /, or an http URL";
    text.remove_prefix(scheme_end + 3);
    const std::size_t path_begin = std::min(text.find_first_of("/?#"), text.size());
    authority_ = text.substr(0, path_begin);
    if (!is_authority(authority_)) return "the target has an invalid host";
    text.remove_prefix(path_begin);
    if (!text.empty() && text.front() == '/') return parse_path(text);
    // RFC 9112 §3.2.4: this is how a client names the server itself through a proxy.
    form_ = text.empty() && options ? Form::asterisk : Form::path;
    const std::string_view problem = parse_path(text);
    if (path_.empty()) path_ = form_ == Form::asterisk ? "*" : "/";
    return problem;
}

std::string_view Target::parse_path(std::string_view text) {
    const std::size_t question = std::min(text.find('?'), text.size());
    path_ = text.substr(0, question);
    query_ = text.substr(std::min(question + 1, text.size()));
    if (!consists_of(path_, kInPath) || !consists_of(query_, kInQuery))
        return text.find('#') == text.npos ? kMalformed : "a target has no fragment";
    decoded_.reserve(text.size());
    return split_path() && split_query() ? std::string_view() : kMisencoded;
}

bool Target::split_path() {
    const std::string_view path = path_;
    if (path.size() <= 1) return true;
    const bool has_escapes = path.find('%') != path.npos;
    for (std::size_t begin = 1; begin <= path.size();) {
        std::size_t end = begin;
        while (end < path.size() && path[end] != '/')
            ++end;
        const std::string_view part = path.substr(begin, end - begin);
        const auto segment = has_escapes ? decode(part, false) : part;
        if (!segment) return false;
        segments_.push_back(*segment);
        begin = end + 1;
    }
    return true;
}

bool Target::split_query() {
    std::string_view rest = query_;
    while (!rest.empty()) {
        const std::string_view pair = rest.substr(0, rest.find('&'));
        rest.remove_prefix(std::min(pair.size() + 1, rest.size()));
        if (pair.empty()) continue;
        const std::size_t equals = std::min(pair.find('='), pair.size());
        const auto name = decode(pair.substr(0, equals), true);
        const auto value = decode(pair.substr(std::min(equals + 1, pair.size())), true);
        if (!name || !value) return false;
        parameters_.push_back({*name, *value});
    }
    return true;
}

// Of a target's characters, which are printable ASCII.
std::optional<std::string_view> Target::decode(std::string_view text, bool plus_is_space) {
    const bool has_plus = plus_is_space && text.find('+') != text.npos;
    if (!has_plus && text.find('%') == text.npos) return text;
    const std::size_t begin = decoded_.size();
    if (!append_unescaped(text, plus_is_space, decoded_)) return std::nullopt;
    return std::string_view(decoded_.data() + begin, decoded_.size() - begin);
}

std::optional<std::string_view> Target::parameter(std::string_view name) const noexcept {
    for (const Parameter& parameter : parameters_)
        if (parameter.name == name) return parameter.value;
    return std::nullopt;
}

void Target::clear() noexcept {
    wipe(decoded_.data(), decoded_.size());
    decoded_.clear();
    form_ = Form::path;
    authority_ = path_ = query_ = {};
    segments_.clear();
    parameters_.clear();
}

}  // namespace roster::protocol::http
