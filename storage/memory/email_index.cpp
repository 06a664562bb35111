#include "storage/memory/email_index.hpp"

#include <roster/error.hpp>

#include "core/text.hpp"

#include <sodium.h>

#include <algorithm>

namespace roster::storage {

static_assert(crypto_shorthash_KEYBYTES == 16 && crypto_shorthash_BYTES == sizeof(std::uint64_t));

// The key is secret: nobody can choose e-mails that fall on one another.
EmailIndex::EmailIndex(const UserTable& table) : key_{} {
    if (sodium_init() < 0) throw StartupError(Errc::internal, "libsodium cannot be initialised");
    randombytes_buf(key_.data(), key_.size());
    shards_.assign(kShards, Shard(0, Hash{}, Equal{&table}));
}

// The longest e-mail has 254 bytes; one that was longer would only be compared more often.
std::uint64_t EmailIndex::hash_of(std::string_view email) const {
    std::array<unsigned char, 256> folded{};
    const std::size_t size = std::min(email.size(), folded.size());
    std::transform(email.begin(), email.begin() + static_cast<std::ptrdiff_t>(size), folded.begin(),
                   [](char c) { return static_cast<unsigned char>(ascii_lower(c)); });
    std::uint64_t hash = 0;
    crypto_shorthash(reinterpret_cast<unsigned char*>(&hash), folded.data(), size, key_.data());
    return hash;
}

bool EmailIndex::Equal::operator()(const Slot& slot, const Query& query) const noexcept {
    if (slot.hash != query.hash) return false;
    const auto user = table->find(slot.id);
    return user && equals_ignoring_case(user->email, query.email);
}

std::optional<UserId> EmailIndex::find(std::string_view email) const {
    const Query query{hash_of(email), email};
    const Shard& shard = shards_[query.hash % kShards];
    const auto slot = shard.find(query);
    if (slot == shard.end()) return std::nullopt;
    return slot->id;
}

bool EmailIndex::insert(std::string_view email, UserId id) {
    const Query query{hash_of(email), email};
    Shard& shard = shard_of(query.hash);
    if (shard.find(query) != shard.end()) return false;
    shard.insert(Slot{query.hash, id});
    return true;
}

void EmailIndex::erase(std::string_view email, UserId id) {
    const std::uint64_t hash = hash_of(email);
    shard_of(hash).erase(Slot{hash, id});
}

std::size_t EmailIndex::memory_bytes() const noexcept {
    std::size_t bytes = 0;
    for (const Shard& shard : shards_)
        bytes += shard.bucket_count() * (sizeof(Slot) + 1);
    return bytes;
}

}  // namespace roster::storage
