#pragma once

// CRC-32C (Castagnoli), the checksum of the journal.

#include <cstdint>
#include <string_view>

namespace roster::storage {

/// Source: RFC 3720, appendix B.4. `so_far` is what the bytes before these gave.
std::uint32_t crc32c(std::string_view bytes, std::uint32_t so_far = 0) noexcept;

}  // namespace roster::storage
