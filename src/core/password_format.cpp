#include "core/password_format.hpp"

#include "core/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <system_error>
#include <tuple>
#include <utility>

namespace roster {
namespace {

constexpr std::string_view kCryptLetters =
    "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

struct Fields {
    std::array<std::uint32_t, 3> numbers{};
    std::string_view salt;
    std::string_view digest;
};

// Without leading zeros: libsodium and libxcrypt refuse those, too.
bool take_number(std::string_view& text, std::uint32_t& number) noexcept {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || (text[0] == '0' && end != text.data() + 1)) return false;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return true;
}

// In the pattern # is a decimal number, @ the salt up to the next dollar, * the digest, which is
// all that is left; other letters are themselves.
bool match(std::string_view text, std::string_view pattern, Fields& fields) noexcept {
    std::size_t number = 0;
    for (const char letter : pattern) {
        if (letter == '#') {
            if (!take_number(text, fields.numbers[number++])) return false;
        } else if (letter == '@') {
            const std::size_t dollar = text.find('$');
            if (dollar == std::string_view::npos) return false;
            fields.salt = text.substr(0, dollar);
            text.remove_prefix(dollar);
        } else if (letter == '*') {
            fields.digest = text;
        } else {
            if (!text.starts_with(letter)) return false;
            text.remove_prefix(1);
        }
    }
    return true;
}

bool has_size(std::string_view text, std::size_t min, std::size_t max) noexcept {
    return text.size() >= min && text.size() <= max;
}

bool is_base64(std::string_view text) noexcept {
    return text.size() % 4 != 1 && std::all_of(text.begin(), text.end(), [](char c) {
               return c == '+' || c == '/' || is_ascii_alphanumeric(c);
           });
}

// Salt and digest as the PHC string format has them.
bool is_phc_hash(const Fields& fields, std::size_t shortest_salt) noexcept {
    return has_size(fields.salt, shortest_salt, 86) && is_base64(fields.salt) &&
           has_size(fields.digest, 22, 86) && is_base64(fields.digest);
}

bool is_crypt_base64(std::string_view text) noexcept {
    return std::all_of(text.begin(), text.end(),
                       [](char c) { return c == '.' || c == '/' || is_ascii_alphanumeric(c); });
}

bool is_crypt_digest(std::string_view text, std::size_t size) noexcept {
    return text.size() == size && is_crypt_base64(text);
}

// What libxcrypt takes for a salt; programs write more into it than the letters that it makes.
bool is_crypt_salt(std::string_view text) noexcept {
    constexpr std::string_view kForbidden = "$!*:;\\";
    return std::all_of(text.begin(), text.end(), [kForbidden](char c) {
        return c > ' ' && c < '\x7F' && kForbidden.find(c) == std::string_view::npos;
    });
}

template <class Cost>
void set(PasswordFormat& format, const Fields& fields, const Cost& cost, bool is_well_formed,
         bool is_affordable) noexcept {
    format.cost = cost;
    format.salt = fields.salt;
    format.digest = fields.digest;
    format.status = !is_well_formed ? HashStatus::damaged
                    : is_affordable ? HashStatus::checkable
                                    : HashStatus::too_costly;
}

void read_argon2(std::string_view text, PasswordFormat& format) noexcept {
    Fields fields;
    const bool is_whole = match(text, "v=19$m=#,t=#,p=#$@$*", fields);
    const Argon2Cost cost{fields.numbers[0], fields.numbers[1], fields.numbers[2]};
    const bool is_possible =
        cost.lanes >= 1 && cost.passes >= 1 && cost.memory_kib >= std::uint64_t{8} * cost.lanes;
    const bool is_affordable = std::uint64_t{cost.memory_kib} * cost.passes <= kMaxArgon2WorkKib &&
                               cost.passes <= kMaxArgon2Passes && cost.lanes <= kMaxArgon2Lanes;
    set(format, fields, cost, is_whole && is_possible && is_phc_hash(fields, 11), is_affordable);
}

void read_bcrypt(std::string_view text, PasswordFormat& format) noexcept {
    Fields fields;
    const bool is_whole = text.size() == 2 + 1 + 22 + kShortestDigestLetters && is_digit(text[0]) &&
                          is_digit(text[1]) && text[2] == '$' && is_crypt_base64(text.substr(3));
    BcryptCost cost;
    if (is_whole) {
        cost.log2_rounds = static_cast<std::uint32_t>(10 * (text[0] - '0') + (text[1] - '0'));
        fields.salt = text.substr(3, 22);
        fields.digest = text.substr(25);
    }
    const bool is_possible = cost.log2_rounds >= 4 && cost.log2_rounds <= 31;
    set(format, fields, cost, is_whole && is_possible, cost.log2_rounds <= kMaxBcryptLog2Rounds);
}

bool is_possible(const ScryptCost& cost) noexcept {
    return cost.log2_n >= 1 && cost.log2_n <= 63 && cost.r >= 1 && cost.p >= 1 &&
           std::uint64_t{cost.r} * cost.p < (1U << 30);
}

bool is_affordable(const ScryptCost& cost) noexcept {
    constexpr std::uint32_t kMaxLog2N = 24;
    if (cost.log2_n > kMaxLog2N || cost.r > kMaxScryptR || cost.p > kMaxScryptP) return false;
    const std::uint64_t work_bytes = (std::uint64_t{128} << cost.log2_n) * cost.r * cost.p;
    return work_bytes <= kMaxScryptWorkBytes;
}

void read_scrypt(std::string_view text, PasswordFormat& format) noexcept {
    Fields fields;
    const bool is_whole = match(text, "ln=#,r=#,p=#$@$*", fields);
    const ScryptCost cost{fields.numbers[0], fields.numbers[1], fields.numbers[2]};
    set(format, fields, cost, is_whole && is_possible(cost) && is_phc_hash(fields, 2),
        is_affordable(cost));
}

// Six bits a letter, the lowest first. Requires: letters of crypt's alphabet.
std::uint32_t crypt_number(std::string_view letters) noexcept {
    std::uint32_t number = 0;
    for (std::size_t i = 0; i < letters.size(); ++i)
        number |= static_cast<std::uint32_t>(kCryptLetters.find(letters[i])) << (6 * i);
    return number;
}

void read_scrypt_crypt(std::string_view text, PasswordFormat& format) noexcept {
    constexpr std::size_t kCostLetters = 11;
    Fields fields;
    const bool is_whole = text.size() > kCostLetters &&
                          is_crypt_base64(text.substr(0, kCostLetters)) &&
                          match(text.substr(kCostLetters), "@$*", fields);
    ScryptCost cost;
    if (is_whole)
        cost = {crypt_number(text.substr(0, 1)), crypt_number(text.substr(1, 5)),
                crypt_number(text.substr(6, 5))};
    const bool is_well_formed = is_whole && is_possible(cost) && has_size(fields.salt, 1, 86) &&
                                is_crypt_salt(fields.salt) && is_crypt_digest(fields.digest, 43);
    set(format, fields, cost, is_well_formed, is_affordable(cost));
}

void read_sha_crypt(std::string_view text, std::size_t digest_size,
                    PasswordFormat& format) noexcept {
    Fields fields;
    fields.numbers[0] = 5000;
    const bool is_whole = match(text, text.starts_with("rounds=") ? "rounds=#$@$*" : "@$*", fields);
    const ShaCryptCost cost{fields.numbers[0]};
    const bool is_well_formed = is_whole && cost.rounds >= 1000 && cost.rounds <= 999'999'999 &&
                                fields.salt.size() <= 16 && is_crypt_salt(fields.salt) &&
                                is_crypt_digest(fields.digest, digest_size);
    set(format, fields, cost, is_well_formed, cost.rounds <= kMaxShaCryptRounds);
}

void read_known(HashScheme scheme, std::string_view text, PasswordFormat& format) noexcept {
    switch (scheme) {
        case HashScheme::argon2id:
        case HashScheme::argon2i: return read_argon2(text, format);
        case HashScheme::bcrypt: return read_bcrypt(text, format);
        case HashScheme::scrypt: return read_scrypt(text, format);
        case HashScheme::scrypt_crypt: return read_scrypt_crypt(text, format);
        case HashScheme::sha256_crypt: return read_sha_crypt(text, 43, format);
        case HashScheme::sha512_crypt: return read_sha_crypt(text, 86, format);
    }
}

}  // namespace

std::string_view name_of(HashScheme scheme) noexcept {
    switch (scheme) {
        case HashScheme::argon2id: return "argon2id";
        case HashScheme::argon2i: return "argon2i";
        case HashScheme::bcrypt: return "bcrypt";
        case HashScheme::scrypt:
        case HashScheme::scrypt_crypt: return "scrypt";
        case HashScheme::sha256_crypt: return "sha256-crypt";
        case HashScheme::sha512_crypt: return "sha512-crypt";
    }
    return "";
}

PasswordFormat read_password_format(std::string_view text) noexcept {
    constexpr std::array<std::pair<std::string_view, HashScheme>, 9> kKnown{{
        {"$argon2id$", HashScheme::argon2id},
        {"$argon2i$", HashScheme::argon2i},
        {"$2a$", HashScheme::bcrypt},
        {"$2b$", HashScheme::bcrypt},
        {"$2y$", HashScheme::bcrypt},
        {"$scrypt$", HashScheme::scrypt},
        {"$7$", HashScheme::scrypt_crypt},
        {"$5$", HashScheme::sha256_crypt},
        {"$6$", HashScheme::sha512_crypt},
    }};
    PasswordFormat format;
    if (text.empty()) return format;
    for (const auto& [head, scheme] : kKnown) {
        if (!text.starts_with(head)) continue;
        format.scheme = scheme;
        read_known(scheme, text.substr(head.size()), format);
        return format;
    }
    std::tie(format.status, format.looks) = looks_of(text);
    if (format.status != HashStatus::wrapped) return format;
    const PasswordFormat inner = read_password_format(text.substr(format.looks.size()));
    format.scheme = inner.scheme;
    const bool is_readable =
        inner.status == HashStatus::checkable || inner.status == HashStatus::too_costly;
    if (!is_readable) format.status = HashStatus::foreign;
    return format;
}

std::string why_refused(const PasswordFormat& format) {
    std::string kind =
        format.scheme ? std::string(name_of(*format.scheme)) + " hash" : "password hash";
    kind.insert(0, kind.front() == 'a' ? "an " : "a ");
    switch (format.status) {
        case HashStatus::none:
        case HashStatus::plain:
        case HashStatus::checkable: break;
        case HashStatus::damaged: return "looks like " + kind + ", but is not well-formed";
        case HashStatus::too_costly:
            return "is " + kind + " that costs more than one log-in may cost";
        case HashStatus::foreign:
            return "is a kind of hash that roster cannot check; it knows argon2id, argon2i, "
                   "bcrypt, scrypt, sha512-crypt and sha256-crypt";
        case HashStatus::bare:
            return "looks like " + std::string(format.looks) + ", which roster cannot check";
        case HashStatus::wrapped:
            return "is " + kind + " in a wrapper; take \"" + std::string(format.looks) +
                   "\" off its beginning";
    }
    return {};
}

}  // namespace roster
