#pragma once

// A user as a line of an import describes it, and what may be wrong with a line.
// Knows no format and no store.

#include <roster/error.hpp>
#include <roster/secret.hpp>
#include <roster/user.hpp>

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace roster::cli {

struct ImportedUser {
    ImportedUser() = default;

    /// Where it begins; counts from 1.
    std::size_t line = 0;
    std::string email;
    /// One of the two at most.
    Secret password;
    Secret password_hash;
    Role role = Role::user;
    bool disabled = false;
    std::optional<UserId> id;
    std::optional<std::chrono::sys_seconds> created_at;
    std::optional<std::chrono::sys_seconds> updated_at;
    /// Compact.
    std::string metadata = "{}";
};

struct LineProblem {
    enum class Kind {
        /// The line is wrong, whatever the store holds.
        invalid,
        /// The store has such a user already.
        conflict,
        /// Where the next record begins is not known: nothing after this line was read.
        ends_reading,
    };

    LineProblem(std::size_t where, std::string what, Kind how = Kind::invalid)
        : line(where), text(std::move(what)), kind(how) {}

    std::size_t line;
    /// What is wrong, and what to do. Safe to print; holds no secret.
    std::string text;
    Kind kind;
};

using Imported = std::variant<ImportedUser, LineProblem>;

/// Reads users, one after the other.
class UserReader {
  public:
    virtual ~UserReader() = default;

    /// nullopt at the end, and after `LineProblem::Kind::ends_reading`.
    /// Errors: of the source of the lines.
    virtual result<std::optional<Imported>> next() = 0;
};

}  // namespace roster::cli
