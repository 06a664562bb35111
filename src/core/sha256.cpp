#include "core/sha256.hpp"

#include <openssl/evp.h>

#include <memory>
#include <stdexcept>

namespace roster {
namespace {

struct Free {
    void operator()(EVP_MD* digest) const noexcept { EVP_MD_free(digest); }
    void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
};

}  // namespace

Sha256 sha256(std::string_view bytes) {
    // To fetch it takes longer than to use it.
    static const std::unique_ptr<EVP_MD, Free> kDigest(EVP_MD_fetch(nullptr, "SHA256", nullptr));
    thread_local const std::unique_ptr<EVP_MD_CTX, Free> context(EVP_MD_CTX_new());
    Sha256 sum{};
    const bool is_done = kDigest && context &&
                         EVP_DigestInit_ex2(context.get(), kDigest.get(), nullptr) == 1 &&
                         EVP_DigestUpdate(context.get(), bytes.data(), bytes.size()) == 1 &&
                         EVP_DigestFinal_ex(context.get(), sum.data(), nullptr) == 1;
    if (!is_done) throw std::runtime_error("OpenSSL has no SHA-256");
    return sum;
}

}  // namespace roster
