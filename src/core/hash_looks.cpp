// Tells hashes that cannot be read from plain passwords, by their looks.

#include "core/password_format.hpp"
#include "core/text.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace roster {
namespace {

template <std::size_t Size>
bool starts_with_one_of(std::string_view text,
                        const std::array<std::string_view, Size>& heads) noexcept {
    return std::any_of(heads.begin(), heads.end(),
                       [text](std::string_view head) { return text.starts_with(head); });
}

bool starts_ignoring_case(std::string_view text, std::string_view head) noexcept {
    return equals_ignoring_case(text.substr(0, head.size()), head);
}

bool is_hex(std::string_view text) noexcept {
    return std::all_of(text.begin(), text.end(), [](char c) {
        return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    });
}

bool are_hash_letters(std::string_view text) noexcept {
    constexpr std::string_view kMarks = "./+=_-$:";
    return std::all_of(text.begin(), text.end(), [kMarks](char c) {
        return is_ascii_alphanumeric(c) || kMarks.find(c) != std::string_view::npos;
    });
}

// No person ends a password with a dollar and thirty letters.
bool ends_with_a_digest(std::string_view text) noexcept {
    const std::size_t dollar = text.rfind('$');
    if (dollar == std::string_view::npos) return false;
    const std::string_view end = text.substr(dollar + 1);
    return end.size() >= kShortestDigestLetters && end.find(':') == std::string_view::npos &&
           are_hash_letters(end);
}

// `$NAME$…`, as crypt(5) and the PHC string format have it.
bool names_a_scheme(std::string_view text) noexcept {
    if (!text.starts_with('$')) return false;
    const std::size_t end = text.find('$', 1);
    if (end == std::string_view::npos || end == 1 || end > 33) return false;
    const std::string_view name = text.substr(1, end - 1);
    return std::all_of(name.begin(), name.end(),
                       [](char c) { return is_ascii_alphanumeric(c) || c == '-' || c == '_'; });
}

// `{NAME}…`, as directories have it: the shortest that follows is DES crypt, of 13 letters.
bool is_of_a_directory(std::string_view text) noexcept {
    constexpr std::array<std::string_view, 18> kNames{
        "{SHA",    "{SSHA", "{MD5", "{SMD5",   "{CRYPT", "{PBKDF2", "{BLF-", "{ARGON2", "{BCRYPT",
        "{SCRYPT", "{X-",   "{NT",  "{LANMAN", "{CRAM-", "{DIGEST", "{HMAC", "{DES",    "{PKCS5"};
    constexpr std::size_t kShortestRest = 13;
    const std::size_t end = text.find('}');
    const bool is_known = std::any_of(kNames.begin(), kNames.end(), [text](std::string_view name) {
        return starts_ignoring_case(text, name);
    });
    if (end == std::string_view::npos || !is_known) return false;
    const std::string_view rest = text.substr(end + 1);
    return rest.size() >= kShortestRest && are_hash_letters(rest);
}

bool looks_foreign(std::string_view text) noexcept {
    constexpr std::array<std::string_view, 18> kCryptHeads{
        "$1$",    "$2$",    "$2x$",      "$3$",        "$8$",     "$9$", "$y$", "$gy$", "$md5",
        "$sha1$", "$apr1$", "$argon2d$", "$argon2ds$", "$pbkdf2", "$P$", "$H$", "$S$",  "$bcrypt-"};
    // Of Django, Werkzeug, PostgreSQL and MediaWiki. A person may well begin with one of these, but
    // not continue for that long.
    constexpr std::array<std::string_view, 13> kOtherHeads{
        "pbkdf2_sha", "pbkdf2:", "scrypt:", "scrypt$", "argon2$", "bcrypt$", "bcrypt_sha256$",
        "SCRAM-SHA-", ":pbkdf2", ":B:",     ":A:",     "sha1$",   "md5$"};
    constexpr std::size_t kShortestOther = 28;
    if (starts_with_one_of(text, kCryptHeads) || is_of_a_directory(text)) return true;
    if (text.size() >= kShortestOther && starts_with_one_of(text, kOtherHeads)) return true;
    return names_a_scheme(text) && !text.starts_with("$argon2") && ends_with_a_digest(text);
}

// What one wrong letter in the head of a hash leaves of it.
bool looks_damaged(std::string_view text) noexcept {
    return text.starts_with("$argon2") || text.find("$v=19$m=") != std::string_view::npos ||
           ends_with_a_digest(text);
}

// The wrappers that leave the hash in them as it is; "bcrypt_sha256$", for one, does not.
std::string_view wrapper_of(std::string_view text) noexcept {
    constexpr std::array<std::string_view, 12> kWrappers{
        "{CRYPT}",        "{BLF-CRYPT}",    "{BCRYPT}", "{ARGON2}", "{ARGON2ID}", "{ARGON2I}",
        "{SHA512-CRYPT}", "{SHA256-CRYPT}", "{SCRYPT}", "bcrypt$",  "argon2",     "1|"};
    for (const std::string_view wrapper : kWrappers)
        if (starts_ignoring_case(text, wrapper) && text.substr(wrapper.size()).starts_with('$'))
            return text.substr(0, wrapper.size());
    return {};
}

std::string_view kind_of_hex(std::string_view text) noexcept {
    constexpr std::array<std::pair<std::size_t, std::string_view>, 6> kDigits{
        {{32, "an unsalted MD5 hash"},
         {40, "an unsalted SHA-1 hash"},
         {56, "an unsalted SHA-224 hash"},
         {64, "an unsalted SHA-256 hash"},
         {96, "an unsalted SHA-384 hash"},
         {128, "an unsalted SHA-512 hash"}}};
    for (const auto& [digits, kind] : kDigits)
        if (text.size() == digits && is_hex(text)) return kind;
    return {};
}

// The lengths that base64 gives to digests, and to ASP.NET's longer texts.
bool is_base64_of_a_digest(std::string_view text) noexcept {
    constexpr std::size_t kLong = 60;
    const std::string_view letters = text.substr(0, text.find('='));
    const std::size_t padding = text.size() - letters.size();
    const bool is_base64 = std::all_of(letters.begin(), letters.end(), [](char c) {
        return is_ascii_alphanumeric(c) || c == '+' || c == '/';
    });
    if (!is_base64 || text.size() % 4 != 0 ||
        text.substr(letters.size()) != std::string_view("==").substr(0, padding))
        return false;
    return padding == 0 ? text.size() >= kLong
                        : text.size() == 24 || text.size() == 28 || text.size() == 44 ||
                              text.size() >= kLong;
}

std::string_view bare_kind(std::string_view text) noexcept {
    if (const auto kind = kind_of_hex(text); !kind.empty()) return kind;
    if (text.starts_with('*') && text.size() == 41 && is_hex(text.substr(1)))
        return "a hash of MySQL";
    const std::size_t colon = text.find(':');
    if (colon != std::string_view::npos && !kind_of_hex(text.substr(0, colon)).empty())
        return "a hash with its salt behind a colon";
    if (is_base64_of_a_digest(text)) return "an unsalted hash in base64";
    return {};
}

}  // namespace

std::pair<HashStatus, std::string_view> looks_of(std::string_view text) noexcept {
    if (const auto wrapper = wrapper_of(text); !wrapper.empty())
        return {HashStatus::wrapped, wrapper};
    if (looks_foreign(text)) return {HashStatus::foreign, {}};
    if (looks_damaged(text)) return {HashStatus::damaged, {}};
    if (const auto kind = bare_kind(text); !kind.empty()) return {HashStatus::bare, kind};
    return {HashStatus::plain, {}};
}

}  // namespace roster
