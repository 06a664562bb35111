#pragma once

// A hash of e-mails with a secret key, so that nobody can choose e-mails with equal hashes.
// Knows no table.

#include <array>
#include <cstdint>
#include <string_view>

namespace roster::storage {

class EmailHash {
  public:
    /// With a new key. Throws: `StartupError` with `internal`.
    EmailHash();

    /// Equal for e-mails that are equal as `fold_email` compares.
    std::uint64_t operator()(std::string_view email) const;

  private:
    std::array<unsigned char, 16> key_{};
};

}  // namespace roster::storage
