#pragma once

// A page of users for a `UserQuery`: which users match, their order, and the cursor.
// Knows no store: a store shows it rows, or asks its database for the same.

#include <roster/error.hpp>
#include <roster/user.hpp>
#include <roster/user_query.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace roster::storage {

/// As much of a user as a search looks at.
/// Lifetime: the texts belong to the caller.
struct SearchRow {
    UserId id = 0;
    /// Units: seconds since 1970.
    std::int64_t created_at = 0;
    /// The same, or `kNever`.
    std::int64_t last_login_at = 0;
    /// As it was written, or folded.
    std::string_view email;
    Role role = Role::user;
    bool disabled = false;
    /// As `join_groups` joins them.
    std::string_view groups;
};

inline constexpr std::int64_t kNever = -1;
std::int64_t seconds_of(const std::optional<std::chrono::sys_seconds>& login) noexcept;

/// A position in an order, whether or not a user is at it.
struct Position {
    Position() = default;
    explicit Position(const SearchRow& row)
        : id(row.id),
          created_at(row.created_at),
          last_login_at(row.last_login_at),
          email(row.email) {}

    SearchRow row() const noexcept {
        return {id, created_at, last_login_at, email, Role::user, false, {}};
    }

    UserId id = 0;
    std::int64_t created_at = 0;
    std::int64_t last_login_at = 0;
    std::string email;
};

/// As `fold_email` compares: negative, 0 or positive.
int compare_emails(std::string_view a, std::string_view b) noexcept;

bool is_before(const SearchRow& a, const SearchRow& b, const UserOrder& order) noexcept;

/// base64url of: a digest of what has to be the same on every page (8 bytes), id and the time of
/// the order (8 bytes each, high byte first) and, where the order uses it, the folded e-mail.
std::string make_cursor(const Position& position, const UserQuery& query);

/// `nullopt` if it is no cursor, or one of a different query.
std::optional<Position> read_cursor(std::string_view cursor, const UserQuery& query);

/// Where the page of a query begins; `nullopt` for the first page. Errors: `invalid_request`.
result<std::optional<Position>> start_of(const UserQuery& query);

/// Collects a page from rows that come in any order, each once.
///
/// Lifetime: the query outlives it.
class PageCollector {
  public:
    /// Errors: `invalid_request`.
    static result<PageCollector> begin(const UserQuery& query);

    /// The page begins after this position; `nullopt` for the first page.
    const std::optional<Position>& after() const noexcept { return after_; }

    void add(const SearchRow& row);

    /// Rows that follow all rows so far in the query's order do not change the page any more.
    bool is_full() const noexcept { return positions_.size() > query_->limit; }

    /// `find` returns each user as it is now; users that are gone or do not match any more are left
    /// out.
    UserPage page(const std::function<std::optional<User>(UserId)>& find);

  private:
    PageCollector(const UserQuery& query, std::optional<Position> after);

    bool matches(const SearchRow& row) const;

    const UserQuery* query_;
    std::optional<Position> after_;
    std::string folded_text_;
    std::uint64_t matches_ = 0;
    // A heap of the first `limit` + 1 rows: the last one in front.
    std::vector<Position> positions_;
};

}  // namespace roster::storage
