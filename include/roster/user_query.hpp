#pragma once

// What a list of users is to show, in which order, and from where on.
// Knows no store: how the users are found is theirs.

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

enum class UserSortKey : std::uint8_t { id, email, created_at };

/// "id", "email" or "created_at".
std::string_view to_string(UserSortKey key) noexcept;

/// The order of a list: never two users on one place. E-mails are compared byte by byte, as
/// `fold_email` gives them.
class UserOrder {
  public:
    struct By {
        UserSortKey key = UserSortKey::id;
        bool is_descending = false;
        bool operator==(const By&) const = default;
    };

    /// By id.
    UserOrder() = default;
    /// What two users can have in common (`created_at`) is followed by what they cannot; without a
    /// `second` by the id, in the same direction. Behind an id or an e-mail `second` says nothing.
    explicit UserOrder(By first, std::optional<By> second = std::nullopt);

    By first() const noexcept { return first_; }
    /// The same as `first` where that is an id or an e-mail.
    By second() const noexcept { return second_; }

    bool operator==(const UserOrder&) const = default;

  private:
    By first_;
    By second_;
};

/// As `parse_user_order` reads it: "-created_at,email".
std::string to_string(const UserOrder& order);

/// Keys with commas between them, `-` before those that go down: "-created_at,email". Otherwise the
/// text of what is wrong, for the person who wrote it. "" is the order by id.
std::variant<UserOrder, std::string> parse_user_order(std::string_view text);

/// A page of the users that are wanted.
class UserQuery {
  public:
    static constexpr std::size_t kMaxLimit = 500;
    static constexpr std::size_t kMaxTextBytes = 254;

    UserQuery() = default;

    /// Users with this in their e-mail, compared as `fold_email` does; of one character or two:
    /// users whose e-mail begins so, because no index finds so little in the middle. Every
    /// character means itself. Empty: all users.
    std::string text;
    std::optional<Role> role;
    std::optional<bool> disabled;
    UserOrder order;
    std::size_t limit = 50;
    /// `next_cursor` of the page before this one. `limit` and `total` may be others than for that
    /// page; everything else has to be the same.
    std::optional<std::string> cursor;
    /// Whether the users on all pages are to be counted. With `text` that costs time for each.
    bool total = false;
};

/// Going from page to page by the cursor, one sees every user who is there all the time exactly
/// once, whoever else comes, goes or changes in between. Only he whose own place changes meanwhile
/// (his e-mail in an order by e-mail; what the query asks for) may be seen twice or not at all.
class UserPage {
  public:
    UserPage() = default;

    /// Fewer than `limit`, even none, does not mean that this is the last page.
    std::vector<User> users;
    /// Where the next page begins; nothing on the last one. Good for as long as the store is there.
    std::optional<std::string> next_cursor;
    /// On all pages together; where it was asked for.
    std::optional<std::uint64_t> total;
};

/// What is wrong with a query, for the person who asked.
struct QueryProblem {
    /// The member of `UserQuery`: "text", "limit" or "cursor".
    std::string_view member;
    std::string text;
};

/// Nothing where a store takes the query, or refuses nothing but its cursor.
std::optional<QueryProblem> problem_of(const UserQuery& query);

/// Why a store refused the query as `invalid_request`.
QueryProblem why_refused(const UserQuery& query);

}  // namespace roster
