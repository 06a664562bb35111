#pragma once

// A digest of a store's rows that does not depend on the kind of store: two stores with equal
// digests have the same contents.

#include "storage/core/bulk.hpp"

#include <sodium.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

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
    void begin(char kind);
    void put(std::uint64_t number);
    void put(std::string_view text);
    void put(std::chrono::sys_seconds time);
    void take();

    crypto_generichash_state state_{};
    std::string row_;
};

}  // namespace roster::storage
