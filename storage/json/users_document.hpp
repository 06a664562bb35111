#pragma once

// What stands in a users.json.

#include <roster/secret.hpp>

#include "storage/json/user_parser.hpp"
#include "storage/memory/user_index.hpp"

#include <cstddef>
#include <optional>
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

struct UsersDocument {
    /// Users whose passwords are plain have an empty hash here; those that a person wrote down
    /// without a revision have revision 0, until `complete_book`.
    UserIndex users;
    /// Users that a person wrote down without an id: not among `users`, until `complete_book`.
    std::vector<UserParser> users_without_id;
    std::vector<UserId> users_without_revision;
    std::vector<PlainPassword> plain_passwords;
    /// Members that roster does not know, as compact JSON, before and behind "users".
    std::string members_before_users;
    std::string members_after_users;
    /// The text does not say all that stands here: ids, roles or times were filled in, or will be.
    bool incomplete = false;
    /// The text has no "revision": it is the original's, or a person's.
    bool has_revision = false;
};

/// Adds a user with an id. Gives what is wrong, and where.
std::optional<DraftProblem> add_user(const UserParser& draft, std::chrono::sys_seconds now,
                                     UsersDocument& book);

/// Gives ids and revisions to those that have none, above all that were given before. Whoever is
/// new or has a plain password changes with that, and so do his credentials. Gives what is wrong,
/// and where.
std::optional<DraftProblem> complete_book(std::chrono::sys_seconds now, UsersDocument& book);

}  // namespace roster::storage
