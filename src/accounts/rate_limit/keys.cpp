#include "accounts/rate_limit/keys.hpp"

#include <sodium.h>

#include <charconv>
#include <cstring>
#include <stdexcept>
#include <system_error>

namespace roster::accounts {
namespace {

constexpr std::string_view kAccount = "account:";
constexpr std::string_view kEmail = "email:";
constexpr std::string_view kSession = "session:";
constexpr std::size_t kHexDigits = 16;
// Where a network has its family, a session has none of them.
constexpr std::uint64_t kNoFamily = 255;

std::optional<std::uint64_t> number_in(std::string_view text, int base) noexcept {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return number;
}

bool take(std::string_view& text, std::string_view prefix) noexcept {
    if (!text.starts_with(prefix)) return false;
    text.remove_prefix(prefix.size());
    return true;
}

std::string hex(std::uint64_t number) {
    std::string digits(kHexDigits, '0');
    for (std::size_t i = kHexDigits; i-- > 0; number >>= 4)
        digits[i] = "0123456789abcdef"[number & 0xF];
    return digits;
}

}  // namespace

AccountKey AccountKey::email(std::string_view email) {
    const std::string folded = fold_email(email);
    std::array<unsigned char, crypto_generichash_BYTES_MIN> digest{};
    crypto_generichash(digest.data(), digest.size(),
                       reinterpret_cast<const unsigned char*>(folded.data()), folded.size(),
                       nullptr, 0);
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < sizeof value; ++i)
        value = value << 8 | digest[i];
    return {Kind::email, value};
}

std::string AccountKey::text() const {
    return kind_ == Kind::user ? std::string(kAccount) + std::to_string(value_)
                               : std::string(kEmail) + hex(value_);
}

std::optional<AccountKey> AccountKey::parse(std::string_view text) noexcept {
    const bool is_user = take(text, kAccount);
    if (!is_user && (!take(text, kEmail) || text.size() != kHexDigits)) return std::nullopt;
    const auto value = number_in(text, is_user ? 10 : 16);
    if (!value) return std::nullopt;
    return AccountKey(is_user ? Kind::user : Kind::email, *value);
}

std::optional<NetworkKey> NetworkKey::parse(std::string_view text) {
    const auto network = IpNetwork::parse(text);
    if (!network) return std::nullopt;
    return NetworkKey{*network};
}

std::string GuesserKey::text() const {
    const auto* network = std::get_if<IpNetwork>(&guesser);
    return account.text() + ' ' +
           (network != nullptr
                ? network->text()
                : std::string(kSession) + std::to_string(std::get<SessionId>(guesser)));
}

std::optional<GuesserKey> GuesserKey::parse(std::string_view text) {
    const std::size_t space = text.find(' ');
    if (space == std::string_view::npos) return std::nullopt;
    const auto account = AccountKey::parse(text.substr(0, space));
    if (!account) return std::nullopt;
    text.remove_prefix(space + 1);
    if (take(text, kSession)) {
        const auto session = number_in(text, 10);
        if (!session) return std::nullopt;
        return GuesserKey{*account, SessionId{*session}};
    }
    const auto network = IpNetwork::parse(text);
    if (!network) return std::nullopt;
    return GuesserKey{*account, *network};
}

KeyWords GuesserKey::words() const noexcept {
    KeyWords words = account.words();
    const auto* network = std::get_if<IpNetwork>(&guesser);
    words[2] = network != nullptr ? network->family() : kNoFamily;
    words[3] = network != nullptr ? network->bits() : *std::get_if<SessionId>(&guesser);
    return words;
}

KeyHash::KeyHash() {
    static_assert(crypto_shorthash_KEYBYTES == std::tuple_size_v<decltype(secret_)>);
    if (sodium_init() < 0) throw std::runtime_error("libsodium cannot be used");
    crypto_shorthash_keygen(secret_.data());
}

std::size_t KeyHash::hash(const KeyWords& words) const noexcept {
    std::array<unsigned char, crypto_shorthash_BYTES> digest{};
    crypto_shorthash(digest.data(), reinterpret_cast<const unsigned char*>(words.data()),
                     sizeof words, secret_.data());
    std::size_t value = 0;
    static_assert(sizeof value <= sizeof digest);
    std::memcpy(&value, digest.data(), sizeof value);
    return value;
}

}  // namespace roster::accounts
