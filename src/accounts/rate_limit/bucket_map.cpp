#include "accounts/rate_limit/bucket_map.hpp"

#include <sodium.h>

#include <cstring>
#include <iterator>
#include <stdexcept>
#include <tuple>

namespace roster::accounts {

KeyHash::KeyHash() {
    static_assert(crypto_shorthash_KEYBYTES == std::tuple_size_v<decltype(secret_)>);
    if (sodium_init() < 0) throw std::runtime_error("libsodium cannot be used");
    crypto_shorthash_keygen(secret_.data());
}

std::size_t KeyHash::operator()(std::string_view key) const noexcept {
    std::array<unsigned char, crypto_shorthash_BYTES> digest{};
    crypto_shorthash(digest.data(), reinterpret_cast<const unsigned char*>(key.data()), key.size(),
                     secret_.data());
    std::size_t value = 0;
    static_assert(sizeof value <= sizeof digest);
    std::memcpy(&value, digest.data(), sizeof value);
    return value;
}

Bucket* BucketMap::find(const std::string& key) noexcept {
    const auto found = places_.find(key);
    return found == places_.end() ? nullptr : &found->second->bucket;
}

std::optional<std::string> BucketMap::next_to_evict(const RateLimits& limits, Instant now) const {
    if (places_.size() < capacity_) return std::nullopt;
    if (!penalized_.empty()) {
        const Node& oldest = penalized_.front();
        if (!oldest.bucket.is_in_use() && now >= oldest.bucket.over_at(limits)) return oldest.key;
    }
    for (const Nodes* nodes : {&others_, &penalized_}) {
        for (const Node& node : *nodes)
            if (!node.bucket.is_in_use()) return node.key;
    }
    return std::nullopt;
}

Bucket* BucketMap::find_or_insert(const std::string& key) {
    if (Bucket* bucket = find(key)) return bucket;
    if (places_.size() >= capacity_) return nullptr;
    Nodes node;
    node.emplace_back(key);
    places_.emplace(node.front().key, node.begin());
    others_.splice(others_.end(), node);
    return &others_.back().bucket;
}

void BucketMap::touch(const std::string& key, const RateLimits& limits) noexcept {
    const auto found = places_.find(key);
    if (found == places_.end()) return;
    const Nodes::iterator node = found->second;
    Nodes& from = list_of(*node);
    node->is_penalized = node->bucket.has_penalty(limits);
    Nodes& to = list_of(*node);
    to.splice(to.end(), from, node);
}

void BucketMap::erase(const std::string& key) noexcept {
    const auto found = places_.find(key);
    if (found == places_.end()) return;
    const Nodes::iterator node = found->second;
    places_.erase(found);
    list_of(*node).erase(node);
}

}  // namespace roster::accounts
