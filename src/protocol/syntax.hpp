#pragma once

// What the protocols share of HTTP's grammar: characters, lists, and the lines of a response's
// head. Knows no message. Source: RFC 9110 §5.6.

#include "core/text.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace roster::protocol {

/// Source: RFC 9110 §5.6.2.
inline constexpr std::array<bool, 256> kTokenCharacters = [] {
    std::array<bool, 256> table{};
    for (int c = 0; c < 128; ++c)
        table[static_cast<std::size_t>(c)] = is_ascii_alphanumeric(static_cast<char>(c));
    for (const char c : std::string_view("!#$%&'*+-.^_`|~"))
        table[static_cast<unsigned char>(c)] = true;
    return table;
}();

constexpr bool is_token_character(char c) noexcept {
    return kTokenCharacters[static_cast<unsigned char>(c)];
}

/// The length of the token that a text begins with, or 0.
constexpr std::size_t token_bytes(std::string_view text) noexcept {
    std::size_t i = 0;
    while (i < text.size() && is_token_character(text[i]))
        ++i;
    return i;
}

constexpr bool is_token(std::string_view text) noexcept {
    return !text.empty() && token_bytes(text) == text.size();
}

constexpr bool is_control(char c) noexcept {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
}

/// Whether a field may have this value: no control characters but tabs.
bool is_field_value(std::string_view text) noexcept;

/// Without spaces and tabs around it.
std::string_view trimmed(std::string_view text) noexcept;

/// Cuts the first element off a list, at a comma that is not within quotes.
/// Returns it trimmed; empty elements too.
std::string_view take_element(std::string_view& list) noexcept;

/// Source: RFC 9110 §15, RFC 6585. Empty for others: no client may depend on it.
std::string_view reason_phrase(unsigned status) noexcept;

void append_decimal(std::uint64_t number, std::string& out);

/// "NAME: VALUE" and the line's end. A value cannot end its line: control characters become spaces.
void append_header(std::string_view name, std::string_view value, std::string& out);

/// The header Date as a line, made once a second. Lifetime: until the thread calls it again.
std::string_view date_line(std::chrono::sys_seconds now);

/// Whether the header is one of those that an encoder writes itself: a second one would contradict
/// it.
constexpr bool is_reserved_header(std::string_view name) noexcept {
    constexpr std::array<std::string_view, 6> kNames{
        "Date", "Server", "Content-Type", "Content-Length", "Connection", "Transfer-Encoding"};
    return std::any_of(kNames.begin(), kNames.end(),
                       [&](std::string_view own) { return equals_ignoring_case(name, own); });
}

}  // namespace roster::protocol
