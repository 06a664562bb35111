#pragma once

// What stands in a users.json.

#include <roster/secret.hpp>

#include "storage/index/user_index.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace roster::storage {

/// A password that stands in a book as it was typed.
struct PlainPassword {
    UserId id = 0;
    Secret password;
    /// The number of its token in the text, for those who have to say where it stands.
    std::size_t token = 0;
};

struct Book {
    /// Users whose passwords are plain have an empty hash here.
    UserIndex users;
    std::vector<PlainPassword> plain_passwords;
    /// Members that roster does not know, as compact JSON, before and behind "users".
    std::string members_before_users;
    std::string members_after_users;
    /// The text does not say all that stands here: ids, roles or times were filled in.
    bool completed = false;
};

/// The largest id or revision: what every reader of JSON reads exactly.
inline constexpr std::uint64_t kMaxNumber = (std::uint64_t{1} << 53) - 1;

}  // namespace roster::storage
