#pragma once

// As much of a user as a search has to look at, and in which order two of them stand.
// Knows no store.

#include <roster/user_query.hpp>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace roster::storage {

/// Users whose role and state are the same. Every index for searching has its users by class, so
/// that no search walks through those that it does not want.
enum class UserClass : std::uint8_t { admin, disabled_admin, user, disabled_user };

inline constexpr std::array kUserClasses{UserClass::user, UserClass::disabled_user,
                                         UserClass::admin, UserClass::disabled_admin};

constexpr UserClass class_of(Role role, bool is_disabled) noexcept {
    if (role == Role::admin) return is_disabled ? UserClass::disabled_admin : UserClass::admin;
    return is_disabled ? UserClass::disabled_user : UserClass::user;
}

constexpr Role role_of(UserClass whose) noexcept {
    return whose == UserClass::admin || whose == UserClass::disabled_admin ? Role::admin
                                                                           : Role::user;
}

constexpr bool is_disabled(UserClass whose) noexcept {
    return whose == UserClass::disabled_admin || whose == UserClass::disabled_user;
}

/// Whether the query wants users of this class.
bool wants(const UserQuery& query, UserClass whose) noexcept;

/// Lifetime: of the e-mail, until the next row.
struct SearchRow {
    UserId id = 0;
    /// Units: seconds since 1970.
    std::int64_t created_at = 0;
    /// As it was written, or folded.
    std::string_view email;
    UserClass user_class = UserClass::user;
};

/// A place in a list, whether or not somebody stands there.
struct Position {
    Position() = default;
    explicit Position(const SearchRow& row)
        : id(row.id), created_at(row.created_at), email(row.email) {}

    SearchRow row() const noexcept { return {id, created_at, email, UserClass::user}; }

    UserId id = 0;
    std::int64_t created_at = 0;
    std::string email;
};

/// As `fold_email` compares: negative, 0 or positive.
int compare_emails(std::string_view a, std::string_view b) noexcept;

bool stands_before(const SearchRow& a, const SearchRow& b, const UserOrder& order) noexcept;

/// What `UserQuery::text` says of e-mails.
class EmailPattern {
  public:
    /// Requires: `text` is clean UTF-8.
    explicit EmailPattern(std::string_view text);

    bool is_empty() const noexcept { return folded_.empty(); }
    /// Only at the beginning: it is too short to be looked for elsewhere.
    bool is_prefix() const noexcept { return is_prefix_; }
    const std::string& folded() const noexcept { return folded_; }

    bool matches(std::string_view email) const;

    /// What stands right before, and right behind, the e-mails that begin with a prefix.
    std::string before_prefix() const;
    std::string behind_prefix() const;

  private:
    std::string folded_;
    bool is_prefix_;
};

}  // namespace roster::storage
