#include "core/password_shape.hpp"

#include "core/text.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace roster {
namespace {

// The shortest digest of a scheme that is known is bcrypt's, of 31 letters.
constexpr std::size_t kShortestDigest = 31;

template <std::size_t Size>
bool starts_with_one_of(std::string_view text,
                        const std::array<std::string_view, Size>& heads) noexcept {
    return std::any_of(heads.begin(), heads.end(),
                       [text](std::string_view head) { return text.starts_with(head); });
}

bool ends_with_a_digest(std::string_view text) noexcept {
    constexpr std::string_view kMarks = "./+=_-";
    const std::size_t dollar = text.rfind('$');
    if (dollar == std::string_view::npos) return false;
    const std::string_view end = text.substr(dollar + 1);
    return end.size() >= kShortestDigest && std::all_of(end.begin(), end.end(), [kMarks](char c) {
               return is_ascii_alphanumeric(c) || kMarks.find(c) != std::string_view::npos;
           });
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

}  // namespace

bool looks_foreign(std::string_view text) noexcept {
    constexpr std::array<std::string_view, 18> kCryptHeads{
        "$1$",    "$2$",    "$2x$",      "$3$",        "$8$",     "$9$", "$y$", "$gy$", "$md5",
        "$sha1$", "$apr1$", "$argon2d$", "$argon2ds$", "$pbkdf2", "$P$", "$H$", "$S$",  "$bcrypt-"};
    // Of directories, Django, Werkzeug and Spring. A person may well begin with one of these, but
    // not go on for that long.
    constexpr std::array<std::string_view, 20> kOtherHeads{
        "{SHA",    "{SSHA",   "{MD5}",    "{SMD5}",  "{CRYPT}", "{crypt}",       "{PBKDF2",
        "{BLF-",   "{ARGON2", "{bcrypt}", "{scrypt", "{argon2", "{pbkdf2",       "pbkdf2_sha",
        "pbkdf2:", "scrypt:", "scrypt$",  "argon2$", "bcrypt$", "bcrypt_sha256$"};
    constexpr std::size_t kShortestOther = 28;
    if (starts_with_one_of(text, kCryptHeads)) return true;
    if (text.size() >= kShortestOther && starts_with_one_of(text, kOtherHeads)) return true;
    constexpr std::string_view kDamagedArgon2 = "$argon2";
    return names_a_scheme(text) && !text.starts_with(kDamagedArgon2) && ends_with_a_digest(text);
}

bool looks_like_a_damaged_hash(std::string_view text) noexcept {
    return text.starts_with("$argon2") || text.find("$v=19$m=") != std::string_view::npos ||
           ends_with_a_digest(text);
}

}  // namespace roster
