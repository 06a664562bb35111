#include "passwords/password_format.hpp"

#include "core/password_shape.hpp"
#include "core/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace roster {
namespace {

constexpr std::string_view kCryptLetters =
    "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

// Takes a text apart from the front. A step that fails makes all later ones fail.
class Cursor {
  public:
    explicit Cursor(std::string_view text) noexcept : text_(text) {}

    bool take(std::string_view prefix) noexcept {
        failed_ = failed_ || !text_.starts_with(prefix);
        if (!failed_) text_.remove_prefix(prefix.size());
        return !failed_;
    }

    // Decimal, without leading zeros: libsodium and libxcrypt refuse those, too.
    bool take_number(std::uint32_t& number) noexcept {
        const bool has_leading_zero = text_.size() > 1 && text_[0] == '0' && is_digit(text_[1]);
        failed_ = failed_ || text_.empty() || !is_digit(text_.front()) || has_leading_zero;
        if (failed_) return false;
        const auto [end, error] =
            std::from_chars(text_.data(), text_.data() + text_.size(), number);
        failed_ = error != std::errc();
        if (!failed_) text_.remove_prefix(static_cast<std::size_t>(end - text_.data()));
        return !failed_;
    }

    bool take_bytes(std::size_t count, std::string_view& bytes) noexcept {
        failed_ = failed_ || text_.size() < count;
        if (failed_) return false;
        bytes = text_.substr(0, count);
        text_.remove_prefix(count);
        return true;
    }

    // Up to the next dollar, which is taken as well.
    bool take_field(std::string_view& field) noexcept {
        const std::size_t dollar = text_.find('$');
        failed_ = failed_ || dollar == std::string_view::npos;
        if (failed_) return false;
        field = text_.substr(0, dollar);
        text_.remove_prefix(dollar + 1);
        return true;
    }

    std::string_view rest() const noexcept { return text_; }

  private:
    std::string_view text_;
    bool failed_ = false;
};

bool has_size(std::string_view text, std::size_t min, std::size_t max) noexcept {
    return text.size() >= min && text.size() <= max;
}

bool is_base64(std::string_view text) noexcept {
    return text.size() % 4 != 1 && std::all_of(text.begin(), text.end(), [](char c) {
               return c == '+' || c == '/' || is_ascii_alphanumeric(c);
           });
}

bool is_crypt_base64(std::string_view text) noexcept {
    return std::all_of(text.begin(), text.end(),
                       [](char c) { return c == '.' || c == '/' || is_ascii_alphanumeric(c); });
}

// What libxcrypt takes for a salt; programs write more into it than the letters that it gives.
bool is_crypt_salt(std::string_view text) noexcept {
    constexpr std::string_view kForbidden = "$!*:;\\";
    return std::all_of(text.begin(), text.end(), [kForbidden](char c) {
        return c > ' ' && c < '\x7F' && kForbidden.find(c) == std::string_view::npos;
    });
}

HashStatus standing_of(bool is_well_formed, bool is_affordable) noexcept {
    if (!is_well_formed) return HashStatus::damaged;
    return is_affordable ? HashStatus::checkable : HashStatus::too_costly;
}

void read_argon2(Cursor text, PasswordFormat& format) noexcept {
    Argon2Cost cost;
    const bool has_head = text.take("v=19$m=") && text.take_number(cost.memory_kib) &&
                          text.take(",t=") && text.take_number(cost.passes) && text.take(",p=") &&
                          text.take_number(cost.lanes) && text.take("$") &&
                          text.take_field(format.salt);
    format.digest = text.rest();
    format.cost = cost;
    const std::uint64_t lanes = cost.lanes;
    const bool is_well_formed = has_head && lanes >= 1 && cost.passes >= 1 &&
                                cost.memory_kib >= 8 * lanes && has_size(format.salt, 11, 86) &&
                                is_base64(format.salt) && has_size(format.digest, 22, 86) &&
                                is_base64(format.digest);
    const std::uint64_t work_kib = std::uint64_t{cost.memory_kib} * cost.passes;
    format.auth_state = standing_of(is_well_formed, work_kib <= kMaxArgon2WorkKib &&
                                                        cost.passes <= kMaxArgon2Passes &&
                                                        lanes <= kMaxArgon2Lanes);
}

void read_bcrypt(Cursor text, PasswordFormat& format) noexcept {
    BcryptCost cost;
    std::string_view digits;
    const bool has_head = text.take_bytes(2, digits) && is_digit(digits[0]) &&
                          is_digit(digits[1]) && text.take("$") && text.take_bytes(22, format.salt);
    format.digest = text.rest();
    if (has_head)
        cost.log2_rounds = static_cast<std::uint32_t>(10 * (digits[0] - '0') + (digits[1] - '0'));
    format.cost = cost;
    const bool is_well_formed = has_head && cost.log2_rounds >= 4 && cost.log2_rounds <= 31 &&
                                is_crypt_base64(format.salt) && format.digest.size() == 31 &&
                                is_crypt_base64(format.digest);
    format.auth_state = standing_of(is_well_formed, cost.log2_rounds <= kMaxBcryptLog2Rounds);
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

void read_scrypt(Cursor text, PasswordFormat& format) noexcept {
    ScryptCost cost;
    const bool has_head = text.take("ln=") && text.take_number(cost.log2_n) && text.take(",r=") &&
                          text.take_number(cost.r) && text.take(",p=") &&
                          text.take_number(cost.p) && text.take("$") &&
                          text.take_field(format.salt);
    format.digest = text.rest();
    format.cost = cost;
    const bool is_well_formed = has_head && is_possible(cost) && has_size(format.salt, 2, 86) &&
                                is_base64(format.salt) && has_size(format.digest, 22, 86) &&
                                is_base64(format.digest);
    format.auth_state = standing_of(is_well_formed, is_affordable(cost));
}

// Six bits a letter, the lowest first. Requires: letters of crypt's alphabet.
std::uint32_t crypt_number(std::string_view letters) noexcept {
    std::uint32_t number = 0;
    for (std::size_t i = 0; i < letters.size(); ++i)
        number |= static_cast<std::uint32_t>(kCryptLetters.find(letters[i])) << (6 * i);
    return number;
}

void read_scrypt_crypt(Cursor text, PasswordFormat& format) noexcept {
    std::string_view n;
    std::string_view r;
    std::string_view p;
    const bool has_head = text.take_bytes(1, n) && text.take_bytes(5, r) && text.take_bytes(5, p) &&
                          is_crypt_base64(n) && is_crypt_base64(r) && is_crypt_base64(p) &&
                          text.take_field(format.salt);
    format.digest = text.rest();
    ScryptCost cost;
    if (has_head) cost = {crypt_number(n), crypt_number(r), crypt_number(p)};
    format.cost = cost;
    const bool is_well_formed = has_head && is_possible(cost) && has_size(format.salt, 1, 86) &&
                                is_crypt_salt(format.salt) && format.digest.size() == 43 &&
                                is_crypt_base64(format.digest);
    format.auth_state = standing_of(is_well_formed, is_affordable(cost));
}

void read_sha_crypt(Cursor text, std::size_t digest_size, PasswordFormat& format) noexcept {
    ShaCryptCost cost{5000};
    constexpr std::string_view kRounds = "rounds=";
    const bool says_rounds = text.rest().starts_with(kRounds);
    const bool has_head =
        (!says_rounds || (text.take(kRounds) && text.take_number(cost.rounds) && text.take("$"))) &&
        text.take_field(format.salt);
    format.digest = text.rest();
    format.cost = cost;
    const bool is_well_formed = has_head && cost.rounds >= 1000 && cost.rounds <= 999'999'999 &&
                                has_size(format.salt, 0, 16) && is_crypt_salt(format.salt) &&
                                format.digest.size() == digest_size &&
                                is_crypt_base64(format.digest);
    format.auth_state = standing_of(is_well_formed, cost.rounds <= kMaxShaCryptRounds);
}

void read_known(HashScheme scheme, Cursor text, PasswordFormat& format) noexcept {
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
        Cursor rest(text);
        if (!rest.take(head)) continue;
        format.scheme = scheme;
        read_known(scheme, rest, format);
        return format;
    }
    if (looks_foreign(text))
        format.auth_state = HashStatus::foreign;
    else if (looks_like_a_damaged_hash(text))
        format.auth_state = HashStatus::damaged;
    else
        format.auth_state = HashStatus::plain;
    return format;
}

std::string why_refused(const PasswordFormat& format) {
    const std::string kind =
        format.scheme ? std::string(name_of(*format.scheme)) + " hash" : "password hash";
    switch (format.auth_state) {
        case HashStatus::none:
        case HashStatus::plain:
        case HashStatus::checkable: break;
        case HashStatus::damaged: return "looks like a " + kind + ", but is not well-formed";
        case HashStatus::too_costly:
            return "is a " + kind + " that costs more than one log-in may cost";
        case HashStatus::foreign:
            return "is a kind of hash that roster cannot check; it knows argon2id, argon2i, "
                   "bcrypt, scrypt, sha512-crypt and sha256-crypt";
    }
    return {};
}

}  // namespace roster
