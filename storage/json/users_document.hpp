#pragma once

// The users of a users file: read completely or not at all, and completed where a person left
// something out. Knows no file and no hash function.

#include <roster/secret.hpp>
#include <roster/store.hpp>

#include "core/diagnostic.hpp"
#include "storage/json/users_file.hpp"
#include "storage/memory/user_index.hpp"

#include <boost/unordered/unordered_flat_set.hpp>

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace roster::storage {

/// A user of the file, its password told apart: a hash (or nothing) or a plain one.
struct FileUser {
    ParsedUser fields;
    bool has_plain_password = false;
    std::size_t id_token = 0;
    std::size_t email_token = 0;
    std::size_t username_token = 0;
    std::size_t password_token = 0;
};

/// Or why the password is refused.
std::variant<FileUser, TokenProblem> to_file_user(UserParser& parsed);

struct PlainPassword {
    UserId id = 0;
    Secret password;
    std::size_t token = 0;
};

struct UsersDocument {
    /// Why the hashing of plain passwords ended early; those that are left stand in the place of
    /// their hashes.
    boost::system::error_code hashing_error;
    /// Until `complete_document`, users with a plain password have an empty hash here, and those
    /// that a person wrote without a revision have revision 0.
    UserIndex users;
    std::vector<FileUser> users_without_id;
    std::vector<UserId> users_without_revision;
    std::vector<PlainPassword> plain_passwords;
    /// Users with an id whose plain password was hashed or left out since the text was read.
    boost::unordered_flat_set<UserId> had_plain_password;
    bool passwords_left_out = false;
    std::string members_before_users;
    std::string members_after_users;
    /// The text does not say all of this: ids, roles or times were filled in, or will be.
    bool incomplete = false;
    /// Members that were set aside, because the text is older than their rules.
    std::size_t set_aside = 0;
    /// Not the case for the original project's files, and for a person's.
    bool has_revision = false;
};

/// Times that are missing become `now`.
std::variant<UsersDocument, Diagnostic> read_users_file(std::string_view text,
                                                        std::chrono::sys_seconds now);

/// Where the user with this id begins; the beginning without it.
Location locate_user(std::string_view text, UserId id);

/// "line 3, column 4" of a token. Requires: the text is well-formed up to there.
Location locate_token(std::string_view text, std::size_t token);

/// Adds a user with an id. Returns what is wrong, nullopt if nothing is.
std::optional<TokenProblem> add_user(const FileUser& user, std::chrono::sys_seconds now,
                                     UsersDocument& document);

/// Gives ids and revisions, above all that were given before, to users without. Users that are new
/// or had a plain password get new credentials with that. Returns what is wrong.
std::optional<TokenProblem> complete_document(std::chrono::sys_seconds now,
                                              UsersDocument& document);

/// Lets `options.hash_password` hash all plain passwords, on several threads. Returns the first
/// that could not be hashed; then the document is of no use. If memory is short, or the program is
/// to stop (`cancelled`), the document says so in `hashing_error`.
std::optional<TokenProblem> hash_plain_passwords(UsersDocument& document,
                                                 const OpenOptions& options);

/// Takes all plain passwords out; their users have none then. Returns how many there were.
std::size_t leave_out_plain_passwords(UsersDocument& document);

}  // namespace roster::storage
