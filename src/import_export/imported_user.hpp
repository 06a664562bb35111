#pragma once

// A user as a line of an import describes it, and what may be wrong with a line.
// Knows no format and no store.

#include <roster/error.hpp>

#include "core/json/user_json.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace roster::import_export {

/// At most one of `password` and `password_hash` is set.
struct ImportedUser : ParsedUser {
    ImportedUser() = default;
    explicit ImportedUser(ParsedUser parsed, std::size_t begin = 0)
        : ParsedUser(std::move(parsed)), line(begin) {}

    /// Where it begins; counts from 1.
    std::size_t line = 0;
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

    /// A conflict.
    LineProblem(std::size_t where, std::string what, Errc which)
        : line(where), text(std::move(what)), kind(Kind::conflict), code(which) {}

    LineProblem& or_use(std::string option) {
        with_option = std::move(option);
        return *this;
    }

    std::size_t line;
    /// What is wrong, and what to do. Safe to print; holds no secret.
    std::string text;
    /// What an option of `roster import` could do, to follow the text; may be empty.
    std::string with_option;
    Kind kind;
    Errc code = Errc::invalid_request;
};

using Imported = std::variant<ImportedUser, LineProblem>;

/// Why a text cannot be imported as a password hash, to follow the name of a member; nullopt if it
/// can. An empty text is not a hash. The message never repeats the text.
std::optional<std::string> why_hash_refused(std::string_view text);

/// Whether a plain password is in truth a hash, valid or not, which must not be hashed again. Of
/// those without a name (`HashStatus::bare`) nobody can be sure.
bool is_hash_like(std::string_view text) noexcept;

/// Checks what a format cannot: the e-mail, the kind of the hash, and that one of password and hash
/// is missing. Whether a plain password satisfies the policy is checked later.
Imported check_imported(ParsedUser user, std::size_t line);

}  // namespace roster::import_export
