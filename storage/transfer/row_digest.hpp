#pragma once

// Whether two stores hold the same: a digest over their rows in one form, whatever they are kept
// in.

#include "storage/transfer/bulk.hpp"

#include <sodium.h>

#include <array>
#include <string>

namespace roster::storage {

/// Takes the rows in the order of `StoreReader`.
class RowDigest {
  public:
    using Value = std::array<unsigned char, crypto_generichash_BYTES>;

    RowDigest();
    RowDigest(const RowDigest&) = delete;
    RowDigest& operator=(const RowDigest&) = delete;
    ~RowDigest() { wipe(row_.data(), row_.size()); }

    void add(const StoreTotals& totals);
    void add(const User& user, std::string_view unknown_members);
    void add(const Session& session);
    void add(const LimiterRecord& record);

    Value finish();

  private:
    void take();

    crypto_generichash_state state_{};
    std::string row_;
};

}  // namespace roster::storage
