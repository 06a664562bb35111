#include "accounts/session_token.hpp"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <string>

namespace roster::accounts {
namespace {

constexpr std::string_view kPrefix = "roster_";
constexpr std::size_t kRandomBytes = 32;
constexpr int kEncoding = sodium_base64_VARIANT_URLSAFE_NO_PADDING;
constexpr std::size_t kEncodedChars = 43;

}  // namespace

Secret new_session_token() {
    std::array<unsigned char, kRandomBytes> random;
    randombytes_buf(random.data(), random.size());
    std::array<char, kPrefix.size() + kEncodedChars + 1> text;
    std::copy(kPrefix.begin(), kPrefix.end(), text.begin());
    sodium_bin2base64(text.data() + kPrefix.size(), kEncodedChars + 1, random.data(), random.size(),
                      kEncoding);
    Secret token(std::string_view(text.data(), text.size() - 1));
    wipe(random.data(), random.size());
    wipe(text.data(), text.size());
    return token;
}

std::optional<SessionDigest> digest_of_token(std::string_view token) noexcept {
    if (token.size() != kPrefix.size() + kEncodedChars || !token.starts_with(kPrefix))
        return std::nullopt;
    SessionDigest digest;
    crypto_hash_sha256(digest.data(), reinterpret_cast<const unsigned char*>(token.data()),
                       token.size());
    return digest;
}

}  // namespace roster::accounts
