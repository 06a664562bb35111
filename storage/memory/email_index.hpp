#pragma once

// Which user has an e-mail: 16 bytes a user, no text kept twice.
// Knows how e-mails are compared; the texts themselves stay in the table.

#include "storage/memory/user_table.hpp"

#include <boost/unordered/unordered_flat_set.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace roster::storage {

/// Lifetime: the table outlives it, at the same address.
class EmailIndex {
  public:
    explicit EmailIndex(const UserTable& table);

    std::optional<UserId> find(std::string_view email) const;

    /// False where somebody has this e-mail already. Requires: the table has everybody else.
    bool insert(std::string_view email, UserId id);
    /// Requires: it was inserted for this user.
    void erase(std::string_view email, UserId id);

    std::size_t memory_bytes() const noexcept;

  private:
    struct Slot {
        std::uint64_t hash;
        UserId id;
    };
    struct Query {
        std::uint64_t hash;
        std::string_view email;
    };
    struct Hash {
        using is_transparent = void;
        using is_avalanching = void;
        std::size_t operator()(const Slot& slot) const noexcept { return slot.hash; }
        std::size_t operator()(const Query& query) const noexcept { return query.hash; }
    };
    struct Equal {
        using is_transparent = void;
        const UserTable* table;
        bool operator()(const Slot& a, const Slot& b) const noexcept { return a.id == b.id; }
        bool operator()(const Slot& slot, const Query& query) const noexcept;
        bool operator()(const Query& query, const Slot& slot) const noexcept {
            return (*this)(slot, query);
        }
    };
    using Shard = boost::unordered_flat_set<Slot, Hash, Equal>;

    std::uint64_t hash_of(std::string_view email) const;
    Shard& shard_of(std::uint64_t hash) { return shards_[hash % kShards]; }

    // So many that none takes long when it grows; readers wait for that.
    static constexpr std::size_t kShards = 251;

    std::array<unsigned char, 16> key_;
    std::vector<Shard> shards_;
};

}  // namespace roster::storage
