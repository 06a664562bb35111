#include "core/sha256.hpp"

// OpenSSL 3 calls these functions old: the new ones ask a provider, for which a process loads its
// configuration and two megabytes, and which takes longer than a token's digest itself.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>

namespace roster {

Sha256 sha256(std::string_view bytes) noexcept {
    Sha256 sum{};
    SHA256_CTX context;
    SHA256_Init(&context);
    SHA256_Update(&context, bytes.data(), bytes.size());
    SHA256_Final(sum.data(), &context);
    return sum;
}

}  // namespace roster
