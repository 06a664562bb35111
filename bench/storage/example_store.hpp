#pragma once

// Stores to measure with: any number of users, with e-mails and hashes of a given size.

#include "bench/storage/store_place.hpp"

#include <roster/secret.hpp>
#include <roster/user.hpp>

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>

namespace roster::bench {

constexpr std::size_t kEmailBytes = 24;
constexpr std::size_t kHashBytes = 160;

using Random = std::minstd_rand;

/// 1 is the administrator; the others are users.
std::string email_of(UserId id);

/// A PHC string that no password has, made without hashing.
std::string random_hash(Random& random);

/// Any user but the administrator.
UserId random_user(Random& random, std::uint64_t users);

/// Makes the store, closed and synced.
void make_example_store(const StorePlace& place);

}  // namespace roster::bench
