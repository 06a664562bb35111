#include "storage/json/password_value.hpp"

#include "vocabulary/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace roster::storage {
namespace {

bool take(std::string_view& text, std::string_view prefix) noexcept {
    if (!text.starts_with(prefix)) return false;
    text.remove_prefix(prefix.size());
    return true;
}

std::optional<std::uint32_t> take_number(std::string_view& text) noexcept {
    std::uint32_t value = 0;
    if (text.empty() || !is_digit(text.front())) return std::nullopt;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc()) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return value;
}

bool is_base64(std::string_view text, std::size_t min, std::size_t max) noexcept {
    const auto allowed = [](char c) {
        const char lower = ascii_lower(c);
        return is_digit(c) || (lower >= 'a' && lower <= 'z') || c == '+' || c == '/';
    };
    return text.size() >= min && text.size() <= max && text.size() % 4 != 1 &&
           std::all_of(text.begin(), text.end(), allowed);
}

// What follows `$argon2id` or `$argon2i`. The bounds keep a log-in from taking the machine down.
bool is_argon2(std::string_view rest) noexcept {
    constexpr std::uint32_t kMaxMemoryKib = 1024 * 1024;
    constexpr std::uint32_t kMaxPasses = 100;
    constexpr std::uint32_t kMaxLanes = 64;
    if (!take(rest, "$v=19$m=")) return false;
    const auto memory_kib = take_number(rest);
    if (!memory_kib || !take(rest, ",t=")) return false;
    const auto passes = take_number(rest);
    if (!passes || !take(rest, ",p=")) return false;
    const auto lanes = take_number(rest);
    if (!lanes || !take(rest, "$")) return false;
    if (*lanes < 1 || *lanes > kMaxLanes || *passes < 1 || *passes > kMaxPasses) return false;
    if (*memory_kib < 8 * *lanes || *memory_kib > kMaxMemoryKib) return false;
    const auto dollar = rest.find('$');
    if (dollar == std::string_view::npos) return false;
    return is_base64(rest.substr(0, dollar), 11, 86) && is_base64(rest.substr(dollar + 1), 22, 86);
}

}  // namespace

PasswordValue classify_password(std::string_view value) noexcept {
    constexpr std::array<std::string_view, 14> kForeign{
        "$2a$", "$2b$",      "$2x$", "$2y$", "$1$",      "$5$",     "$6$",
        "$7$",  "$argon2d$", "$y$",  "$gy$", "$scrypt$", "$pbkdf2", "$sha1$"};
    if (value.empty()) return PasswordValue::none;
    for (const std::string_view ours : {"$argon2id", "$argon2i"}) {
        std::string_view rest = value;
        if (!take(rest, ours) || !rest.starts_with('$')) continue;
        return is_argon2(rest) ? PasswordValue::hash : PasswordValue::bad_hash;
    }
    const auto begins_value = [value](std::string_view prefix) {
        return value.starts_with(prefix);
    };
    if (std::any_of(kForeign.begin(), kForeign.end(), begins_value))
        return PasswordValue::foreign_hash;
    // A hash of which a letter was damaged; hashed again it would lock its user out for good.
    const bool was_a_hash =
        value.starts_with("$argon2") || value.find("$v=19$m=") != std::string_view::npos;
    return was_a_hash ? PasswordValue::bad_hash : PasswordValue::plain;
}

}  // namespace roster::storage
