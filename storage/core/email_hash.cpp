#include "storage/core/email_hash.hpp"

#include <roster/error.hpp>

#include "core/text.hpp"

#include <sodium.h>

#include <algorithm>

namespace roster::storage {

static_assert(crypto_shorthash_KEYBYTES == 16 && crypto_shorthash_BYTES == sizeof(std::uint64_t));

EmailHash::EmailHash() {
    if (sodium_init() < 0) throw StartupError(Errc::internal, "libsodium cannot be initialised");
    randombytes_buf(key_.data(), key_.size());
}

// The longest e-mail has 254 bytes; longer ones would only collide more often.
std::uint64_t EmailHash::operator()(std::string_view email) const {
    std::array<unsigned char, 256> folded{};
    const std::size_t size = std::min(email.size(), folded.size());
    std::transform(email.begin(), email.begin() + static_cast<std::ptrdiff_t>(size), folded.begin(),
                   [](char c) { return static_cast<unsigned char>(ascii_lower(c)); });
    std::uint64_t hash = 0;
    crypto_shorthash(reinterpret_cast<unsigned char*>(&hash), folded.data(), size, key_.data());
    return hash;
}

}  // namespace roster::storage
