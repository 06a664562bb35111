#pragma once

// One user of a book while his members come in.
// Knows no other user: what must be unique is the book's matter.

#include <roster/user.hpp>

#include "core/json/json_parser.hpp"
#include "core/json/raw_json.hpp"
#include "storage/core/user_rules.hpp"

#include <boost/container/small_vector.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace roster::storage {

/// The names an object has, with the number of each one's token.
class TokenOfName {
  public:
    /// False where the name is there already.
    bool add(std::string_view name, std::size_t token);
    std::optional<std::size_t> find(std::string_view name) const noexcept;

    /// A name that is almost one of those that are missing: a slip of the finger, or of a bit.
    struct Slip {
        std::string name;
        std::size_t token = 0;
        std::string_view meant;
    };
    std::optional<Slip> find_slip(std::initializer_list<std::string_view> known) const;

    void clear() { names_.clear(); }

  private:
    boost::container::small_vector<std::pair<std::string, std::size_t>, 10> names_;
};

struct DraftProblem {
    std::size_t token = 0;
    std::string text;
};

class UserParser {
  public:
    /// Begins anew, with the user's opening bracket.
    void begin(std::size_t token);

    std::optional<DraftProblem> name(std::string_view name, std::size_t token);
    std::optional<DraftProblem> string(std::string_view text, std::size_t token);
    std::optional<DraftProblem> number(const JsonNumber& number, std::size_t token);
    std::optional<DraftProblem> literal(std::string_view text, std::size_t token);
    /// An object or an array where a known member stands.
    std::optional<DraftProblem> bracket(char bracket, std::size_t token);
    std::optional<DraftProblem> end();

    /// Where the tokens of a value go that is kept as it is: an unknown member's, or metadata.
    /// Requires: `in_kept()`.
    RawJson& kept() noexcept { return metadata_.is_open() ? metadata_ : unknown_; }
    bool in_kept() const noexcept { return metadata_.is_open() || unknown_.is_open(); }

    /// The token of a member's value, or of the user where the member is missing.
    std::size_t token_of(std::string_view member) const noexcept;

    std::optional<UserId> id;
    std::string email;
    std::string password_hash;
    /// Empty where the password is a hash, or there is none.
    Secret plain_password;
    std::optional<Role> role;
    bool disabled = false;
    std::optional<std::chrono::sys_seconds> created_at;
    std::optional<std::chrono::sys_seconds> updated_at;
    std::optional<Revision> revision;
    Revision credentials_revision = 0;
    /// Compact; empty where there is none, "{}".
    std::string metadata;
    std::string unknown_members;

  private:
    enum class Member {
        none,
        id,
        email,
        password,
        role,
        disabled,
        created_at,
        updated_at,
        revision,
        credentials_revision,
        metadata
    };

    static Member member_of(std::string_view name) noexcept;
    static std::string_view rule_of(Member member) noexcept;
    std::optional<DraftProblem> accept(bool good, std::size_t token) const;
    std::optional<DraftProblem> set_password(std::string_view text, std::size_t token);

    std::size_t token_ = 0;
    Member member_ = Member::none;
    TokenOfName names_;
    RawJson metadata_;
    RawJson unknown_;
};

}  // namespace roster::storage
