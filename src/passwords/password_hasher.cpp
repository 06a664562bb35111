#include "passwords/password_hasher.hpp"

#include "core/bounded_pool.hpp"
#include "core/password_format.hpp"
#include "passwords/password_verifier.hpp"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

namespace roster::passwords {
namespace {

constexpr std::size_t kKibibyte = 1024;

// Weaker, never other: two servers with different costs would hash one password again at every
// log-in.
bool is_outdated(const PasswordFormat& format, HashCost today) noexcept {
    const auto* cost = std::get_if<Argon2Cost>(&format.cost);
    return format.scheme != HashScheme::argon2id || cost == nullptr || cost->lanes != 1 ||
           std::uint64_t{cost->memory_kib} * cost->passes <
               std::uint64_t{today.memory_kib} * today.passes;
}

// Computes exactly one hash, whatever it is given.
result<Verdict> verify_one(const Secret& hash, const Secret& password, HashCost cost,
                           const Secret& dummy) {
    const PasswordFormat format = read_password_format(hash.reveal());
    const bool is_usable = format.status == HashStatus::checkable;
    const auto matches =
        verify_password(is_usable ? hash : dummy,
                        is_usable ? format : read_password_format(dummy.reveal()), password);
    if (!matches) return matches.error();
    Verdict verdict;
    verdict.unusable = !is_usable && !hash.empty();
    verdict.matches = is_usable && *matches;
    verdict.outdated = verdict.matches && is_outdated(format, cost);
    return verdict;
}

std::size_t thread_count(std::size_t wanted) noexcept {
    if (wanted != 0) return wanted;
    return std::max<std::size_t>(1, std::thread::hardware_concurrency());
}

// What a password is compared with if there is no hash.
struct DummyHash {
    Secret hash;
    std::chrono::nanoseconds took;
};

DummyHash make_dummy(HashCost cost) {
    if (!is_bearable(cost))
        throw StartupError(Errc::invalid_request,
                           "passwords cannot be hashed with " + std::to_string(cost.memory_kib) +
                               " KiB in " + std::to_string(cost.passes) +
                               " passes: a hash takes from 8 KiB to " +
                               std::to_string(kMaxArgon2WorkKib) + " KiB, over all passes");
    const auto began = std::chrono::steady_clock::now();
    auto hash = hash_password(Secret("nobody"), cost);
    if (hash) return {std::move(*hash), std::chrono::steady_clock::now() - began};
    const bool is_memory = hash.error() == Errc::overloaded;
    throw StartupError(is_memory ? Errc::overloaded : Errc::internal,
                       "passwords cannot be hashed: " + hash.error().message());
}

}  // namespace

bool is_bearable(HashCost cost) noexcept {
    constexpr std::size_t kLeastMemoryKib = crypto_pwhash_MEMLIMIT_MIN / kKibibyte;
    return cost.memory_kib >= kLeastMemoryKib && cost.memory_kib <= kMaxArgon2WorkKib &&
           cost.passes >= 1 && cost.passes <= kMaxArgon2Passes &&
           cost.memory_kib * std::uint64_t{cost.passes} <= kMaxArgon2WorkKib;
}

bool is_heavy(const PasswordFormat& format, HashCost today) noexcept {
    constexpr std::uint32_t kBcryptLog2Rounds = 12;
    constexpr std::uint32_t kShaCryptRounds = 200'000;
    const std::uint64_t memory = 4 * std::uint64_t{today.memory_kib};
    const std::uint64_t work = memory * today.passes;
    if (format.status != HashStatus::checkable) return false;
    if (const auto* cost = std::get_if<Argon2Cost>(&format.cost))
        return cost->memory_kib > memory || cost->memory_kib * std::uint64_t{cost->passes} > work;
    if (const auto* cost = std::get_if<ScryptCost>(&format.cost))
        return (std::uint64_t{cost->r} * cost->p << cost->log2_n) / 8 > work;
    if (const auto* cost = std::get_if<BcryptCost>(&format.cost))
        return cost->log2_rounds > kBcryptLog2Rounds;
    if (const auto* cost = std::get_if<ShaCryptCost>(&format.cost))
        return cost->rounds > kShaCryptRounds;
    return false;
}

result<Secret> hash_password(const Secret& password, HashCost cost) {
    if (!is_bearable(cost)) return Errc::invalid_request;
    if (sodium_init() < 0) return Errc::internal;
    std::array<char, crypto_pwhash_STRBYTES> phc{};
    if (crypto_pwhash_str_alg(phc.data(), bytes_of(password), password.size_bytes(), cost.passes,
                              cost.memory_kib * kKibibyte, crypto_pwhash_ALG_ARGON2ID13) != 0)
        return Errc::overloaded;
    Secret hash{std::string_view(phc.data())};
    sodium_memzero(phc.data(), phc.size());
    return hash;
}

class PasswordHasher::Impl {
  public:
    Impl(std::size_t threads, std::size_t max_waiting, HashCost cost,
         std::chrono::milliseconds max_wait)
        : todays_cost(cost),
          dummy(make_dummy(cost)),
          pool(threads, {max_waiting, max_wait, dummy.took}),
          heavy_pool(1, {max_waiting, max_wait, 4 * dummy.took}) {}

    const HashCost todays_cost;
    const DummyHash dummy;
    BoundedPool pool;
    // Of imported accounts: one at a time, so that they take neither the memory nor the threads of
    // all others.
    BoundedPool heavy_pool;
};

PasswordHasher::PasswordHasher(std::size_t threads, std::size_t max_waiting, HashCost cost,
                               std::chrono::milliseconds max_wait)
    : impl_(std::make_unique<Impl>(thread_count(threads), max_waiting, cost, max_wait)) {}

PasswordHasher::~PasswordHasher() = default;

boost::asio::awaitable<result<Secret>> PasswordHasher::hash(Secret password) {
    return impl_->pool.run([password = std::move(password), cost = impl_->todays_cost] {
        return hash_password(password, cost);
    });
}

boost::asio::awaitable<result<Verdict>> PasswordHasher::verify(Secret hash, Secret password) {
    const bool heavy = is_heavy(read_password_format(hash.reveal()), impl_->todays_cost);
    BoundedPool& pool = heavy ? impl_->heavy_pool : impl_->pool;
    return pool.run([hash = std::move(hash), password = std::move(password), impl = impl_.get()] {
        return verify_one(hash, password, impl->todays_cost, impl->dummy.hash);
    });
}

std::uint64_t PasswordHasher::jobs() const noexcept {
    return impl_->pool.jobs() + impl_->heavy_pool.jobs();
}

PasswordHasher::Load PasswordHasher::load() const noexcept {
    Load sum;
    for (const BoundedPool* pool : {&impl_->pool, &impl_->heavy_pool}) {
        const BoundedPool::Load load = pool->load();
        sum.running += load.running;
        sum.waiting += load.waiting;
    }
    return sum;
}

}  // namespace roster::passwords
