#pragma once

// A query for a list of users: filter, order, page.
// Knows no store: how the users are found is the store's matter.

#include <roster/error.hpp>
#include <roster/user.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace roster {

enum class UserSortKey : std::uint8_t { id, email, created_at, last_login_at };

/// "id", "email", "created_at" or "last_login_at".
std::string_view to_string(UserSortKey key) noexcept;

/// Whether several users can have the same.
bool is_time(UserSortKey key) noexcept;

/// A total order of users. E-mails are compared byte by byte, as `fold_email` returns them. A user
/// who never logged in comes before the first log-in of all.
class UserOrder {
  public:
    struct By {
        UserSortKey key = UserSortKey::id;
        bool is_descending = false;
        bool operator==(const By&) const = default;
    };

    /// By id.
    UserOrder() = default;
    /// After a time, which users can have in common, `second` decides; without a `second`, or with
    /// one that is a time, too, the id, in the same direction. After an id or an e-mail `second` is
    /// ignored.
    explicit UserOrder(By first, std::optional<By> second = std::nullopt);

    By first() const noexcept { return first_; }
    /// The same as `first` if that is an id or an e-mail.
    By second() const noexcept { return second_; }

    bool operator==(const UserOrder&) const = default;

  private:
    By first_;
    By second_;
};

/// As `parse_user_order` reads it: "-created_at,email".
std::string to_string(const UserOrder& order);

/// Keys separated by commas, `-` before descending ones: "-created_at,email". Otherwise a message
/// for the person who wrote it. "" is the order by id.
std::variant<UserOrder, std::string> parse_user_order(std::string_view text);

class UserQuery {
  public:
    static constexpr std::size_t kMaxLimit = 500;
    static constexpr std::size_t kMaxTextBytes = 254;

    UserQuery() = default;

    /// Users with this text anywhere in their e-mail, compared as `fold_email` does. Every
    /// character means itself. Empty: all users.
    std::string text;
    std::optional<Role> role;
    /// Users in this group. Empty: all users.
    std::string group;
    std::optional<bool> disabled;
    UserOrder order;
    std::size_t limit = 50;
    /// `next_cursor` of the previous page. `limit` and `total` may differ from that page's query;
    /// everything else has to be the same.
    std::optional<std::string> cursor;
    /// Whether to count the users on all pages; then every user is looked at.
    bool total = false;
};

/// Following the cursors, a caller sees every user that exists all the time exactly once, whatever
/// happens to other users meanwhile. Only a user whose own position changes meanwhile (the e-mail
/// in an order by e-mail, or what the query filters by) may be seen twice or not at all.
class UserPage {
  public:
    UserPage() = default;

    /// Fewer than `limit`, even none, does not mean that this is the last page.
    std::vector<User> users;
    /// Where the next page begins; `nullopt` on the last one. Valid as long as the store exists.
    std::optional<std::string> next_cursor;
    /// On all pages together, if the query asked for it.
    std::optional<std::uint64_t> total;
};

/// What is wrong with a query, for the person who asked; `nullopt` if a store accepts it, or
/// refuses nothing but its cursor.
std::optional<std::string> problem_of(const UserQuery& query);

}  // namespace roster
