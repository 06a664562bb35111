#include "passwords/password_verifier.hpp"

#include "core/wiping_allocator.hpp"

#include <crypt.h>
#include <sodium.h>

#include <sys/mman.h>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

namespace roster::passwords {
namespace {

constexpr std::size_t kBcryptPasswordBytes = 72;

bool has_nul(std::string_view text) noexcept {
    return text.find('\0') != std::string_view::npos;
}

constexpr std::size_t kHashTextBytes = 512;

using WipedChars = std::vector<char, WipingAllocator<char>>;
using WipedBytes = std::vector<unsigned char, WipingAllocator<unsigned char>>;

// Whether the text is whole as a C string in so many bytes.
bool fits(std::string_view text, std::size_t bytes) noexcept {
    return text.size() < bytes && !has_nul(text);
}

// A secret as C wants it: ended by a zero. A longer text is cut.
WipedChars c_string(std::string_view text, std::size_t bytes) {
    WipedChars zero_ended(bytes);
    std::copy_n(text.begin(), std::min(text.size(), bytes - 1), zero_ended.begin());
    return zero_ended;
}

// What computing it fills. Source: RFC 9106 section 3.2, RFC 7914 section 6.
std::size_t memory_bytes(const PasswordFormat& format) noexcept {
    if (const auto* cost = std::get_if<Argon2Cost>(&format.cost))
        return std::size_t{cost->memory_kib} * 1024;
    if (const auto* cost = std::get_if<ScryptCost>(&format.cost))
        return (std::size_t{128} * cost->r) << cost->log2_n;
    return 0;
}

// No hash was made, or another one. Want of memory must never count as a wrong password, and the
// libraries call it a mismatch or an invalid argument: so it is tried.
result<bool> mismatch(const PasswordFormat& format) noexcept {
    constexpr std::size_t kBesides = 256 * 1024;
    const std::size_t bytes = memory_bytes(format) + kBesides;
    void* memory =
        ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return Errc::overloaded;
    ::munmap(memory, bytes);
    return false;
}

bool is_equal(std::string_view a, std::string_view b) noexcept {
    return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

result<bool> verify_crypt(const Secret& hash, const PasswordFormat& format,
                          std::string_view password) {
    const bool ends_early = has_nul(password);
    if (format.scheme == HashScheme::bcrypt) password = password.substr(0, kBcryptPasswordBytes);
    // What cannot be the password is hashed, too: it takes as long as what can.
    const bool is_possible = !ends_early && fits(password, CRYPT_MAX_PASSPHRASE_SIZE);
    const WipedChars phrase = c_string(password, CRYPT_MAX_PASSPHRASE_SIZE);
    const WipedChars setting = c_string(hash.reveal(), kHashTextBytes);
    // It holds the password and its hash afterwards, and is too large for a stack.
    std::vector<crypt_data, WipingAllocator<crypt_data>> scratch(1);
    const char* const hashed =
        crypt_rn(phrase.data(), setting.data(), scratch.data(), sizeof(crypt_data));
    // A failure token begins with a star: it must never be compared with anything.
    if (hashed == nullptr || *hashed == '*') return mismatch(format);
    const std::string_view made = hashed;
    if (made.size() < format.digest.size()) return false;
    // The digest alone: the unused bits of a bcrypt salt come back as zeros.
    const bool is_same = is_equal(made.substr(made.size() - format.digest.size()), format.digest);
    return is_same && is_possible;
}

result<bool> verify_argon2(const Secret& hash, const PasswordFormat& format,
                           const Secret& password) {
    const WipedChars text = c_string(hash.reveal(), kHashTextBytes);
    if (crypto_pwhash_str_verify(text.data(), bytes_of(password), password.size_bytes()) == 0)
        return true;
    return mismatch(format);
}

std::optional<WipedBytes> decode(std::string_view base64) {
    WipedBytes bytes(64);
    std::size_t size = 0;
    const char* end = nullptr;
    const int failed =
        sodium_base642bin(bytes.data(), bytes.size(), base64.data(), base64.size(), nullptr, &size,
                          &end, sodium_base64_VARIANT_ORIGINAL_NO_PADDING);
    if (failed != 0 || end != base64.data() + base64.size()) return std::nullopt;
    bytes.resize(size);
    return bytes;
}

result<bool> verify_scrypt(const PasswordFormat& format, const Secret& password) {
    const auto* cost = std::get_if<ScryptCost>(&format.cost);
    const auto salt = decode(format.salt);
    const auto digest = decode(format.digest);
    if (cost == nullptr || !salt || !digest) return false;
    WipedBytes made(digest->size());
    const int failed = crypto_pwhash_scryptsalsa208sha256_ll(
        reinterpret_cast<const unsigned char*>(bytes_of(password)), password.size_bytes(),
        salt->data(), salt->size(), std::uint64_t{1} << cost->log2_n, cost->r, cost->p, made.data(),
        made.size());
    if (failed != 0) return mismatch(format);
    // HMAC fills its key up with zeros: "pw" and "pw\0" are one to it.
    return sodium_memcmp(made.data(), digest->data(), digest->size()) == 0 &&
           !has_nul(password.reveal());
}

}  // namespace

const char* bytes_of(const Secret& password) noexcept {
    return password.empty() ? "" : password.reveal().data();
}

result<bool> verify_password(const Secret& hash, const PasswordFormat& format,
                             const Secret& password) {
    if (sodium_init() < 0) return Errc::internal;
    if (format.status != HashStatus::checkable || !fits(hash.reveal(), kHashTextBytes))
        return false;
    switch (format.scheme.value()) {
        case HashScheme::argon2id:
        case HashScheme::argon2i: return verify_argon2(hash, format, password);
        case HashScheme::scrypt: return verify_scrypt(format, password);
        case HashScheme::bcrypt:
        case HashScheme::scrypt_crypt:
        case HashScheme::sha256_crypt:
        case HashScheme::sha512_crypt: return verify_crypt(hash, format, password.reveal());
    }
    return false;
}

}  // namespace roster::passwords
