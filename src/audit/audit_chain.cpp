#include "audit/audit_chain.hpp"

#include <sodium.h>

#include <array>
#include <utility>

namespace roster::audit {

std::string digest_of_line(std::string_view line) {
    static_assert(2 * crypto_hash_sha256_BYTES == kDigestDigits);
    std::array<unsigned char, crypto_hash_sha256_BYTES> digest{};
    crypto_hash_sha256(digest.data(), reinterpret_cast<const unsigned char*>(line.data()),
                       line.size());
    std::array<char, kDigestDigits + 1> hex{};
    return sodium_bin2hex(hex.data(), hex.size(), digest.data(), digest.size());
}

AuditChain::AuditChain() : digest_(kDigestDigits, '0') {}

AuditChain::AuditChain(std::uint64_t seq, std::string digest)
    : seq_(seq), digest_(std::move(digest)) {}

std::string AuditChain::add(const AuditEvent& event, AuditTime time) {
    std::string line = format_audit_line(event, time, seq_ + 1, digest_);
    digest_ = digest_of_line(line);
    ++seq_;
    line += '\n';
    return line;
}

}  // namespace roster::audit
