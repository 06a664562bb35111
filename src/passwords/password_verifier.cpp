#include "passwords/password_verifier.hpp"

#include <crypt.h>
#include <sodium.h>

#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>

namespace roster::passwords {
namespace {

constexpr std::size_t kBcryptPasswordBytes = 72;

bool has_nul(std::string_view text) noexcept {
    return text.find('\0') != std::string_view::npos;
}

// A secret as C wants it: ended by a zero. Wiped.
template <std::size_t Size>
class CString {
  public:
    // Requires: the text is shorter than `Size`.
    explicit CString(std::string_view text) noexcept {
        std::copy_n(text.begin(), std::min(text.size(), Size - 1), bytes_.begin());
    }
    ~CString() { sodium_memzero(bytes_.data(), bytes_.size()); }
    CString(const CString&) = delete;
    CString& operator=(const CString&) = delete;

    static bool fits(std::string_view text) noexcept {
        return text.size() < Size && !has_nul(text);
    }
    const char* data() const noexcept { return bytes_.data(); }

  private:
    std::array<char, Size> bytes_{};
};

using HashText = CString<512>;
using CryptPassword = CString<CRYPT_MAX_PASSPHRASE_SIZE>;

// Where libxcrypt computes; it holds the password and its hash afterwards. Too large for a stack.
class CryptScratch {
  public:
    CryptScratch() : data_(std::make_unique<crypt_data>()) {}
    ~CryptScratch() { sodium_memzero(data_.get(), sizeof(crypt_data)); }
    CryptScratch(const CryptScratch&) = delete;
    CryptScratch& operator=(const CryptScratch&) = delete;

    // Empty if it fails.
    std::string_view hash(const char* password, const char* setting) noexcept {
        const char* made = crypt_rn(password, setting, data_.get(), sizeof(crypt_data));
        // A failure token begins with a star: it must never be compared with anything.
        if (made == nullptr || *made == '*') return {};
        return made;
    }

  private:
    std::unique_ptr<crypt_data> data_;
};

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
    const bool is_possible = !ends_early && CryptPassword::fits(password);
    const CryptPassword phrase(password);
    const HashText setting(hash.reveal());
    CryptScratch scratch;
    const std::string_view made = scratch.hash(phrase.data(), setting.data());
    if (made.empty()) return mismatch(format);
    if (made.size() < format.digest.size()) return false;
    // The digest alone: the unused bits of a bcrypt salt come back as zeros.
    const bool is_same = is_equal(made.substr(made.size() - format.digest.size()), format.digest);
    return is_same && is_possible;
}

result<bool> verify_argon2(const Secret& hash, const PasswordFormat& format,
                           const Secret& password) noexcept {
    const HashText text(hash.reveal());
    if (crypto_pwhash_str_verify(text.data(), bytes_of(password), password.size_bytes()) == 0)
        return true;
    return mismatch(format);
}

class ScryptBytes {
  public:
    ~ScryptBytes() { sodium_memzero(bytes_.data(), bytes_.size()); }
    ScryptBytes() = default;
    ScryptBytes(const ScryptBytes&) = delete;
    ScryptBytes& operator=(const ScryptBytes&) = delete;

    bool decode(std::string_view base64) noexcept {
        const char* end = nullptr;
        return sodium_base642bin(bytes_.data(), bytes_.size(), base64.data(), base64.size(),
                                 nullptr, &size_, &end,
                                 sodium_base64_VARIANT_ORIGINAL_NO_PADDING) == 0 &&
               end == base64.data() + base64.size();
    }
    unsigned char* data() noexcept { return bytes_.data(); }
    std::size_t size() const noexcept { return size_; }

  private:
    std::array<unsigned char, 64> bytes_{};
    std::size_t size_ = 0;
};

result<bool> verify_scrypt(const PasswordFormat& format, const Secret& password) noexcept {
    const auto* cost = std::get_if<ScryptCost>(&format.cost);
    ScryptBytes salt;
    ScryptBytes digest;
    ScryptBytes made;
    if (cost == nullptr || !salt.decode(format.salt) || !digest.decode(format.digest)) return false;
    const int failed = crypto_pwhash_scryptsalsa208sha256_ll(
        reinterpret_cast<const unsigned char*>(bytes_of(password)), password.size_bytes(),
        salt.data(), salt.size(), std::uint64_t{1} << cost->log2_n, cost->r, cost->p, made.data(),
        digest.size());
    if (failed != 0) return mismatch(format);
    // HMAC fills its key up with zeros: "pw" and "pw\0" are one to it.
    return sodium_memcmp(made.data(), digest.data(), digest.size()) == 0 &&
           !has_nul(password.reveal());
}

}  // namespace

const char* bytes_of(const Secret& password) noexcept {
    return password.empty() ? "" : password.reveal().data();
}

result<bool> verify_password(const Secret& hash, const PasswordFormat& format,
                             const Secret& password) {
    if (sodium_init() < 0) return Errc::internal;
    if (format.status != HashStatus::checkable || !HashText::fits(hash.reveal())) return false;
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
