#include "storage/sqlite/user_search_rows.hpp"

#include "storage/sqlite/user_rows.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <limits>
#include <string_view>

namespace roster::storage {
namespace {

#define ROSTER_ROW "SELECT id, created_at, email_folded, role, disabled FROM users "
#define ROSTER_CLASS "WHERE role = ? AND disabled = ? AND "

// An order's statements: up, then down.
using UpAndDown = std::array<std::string_view, 2>;

constexpr UpAndDown kAllById{ROSTER_ROW "WHERE id > ? ORDER BY id LIMIT ?",
                             ROSTER_ROW "WHERE id < ? ORDER BY id DESC LIMIT ?"};
constexpr UpAndDown kAllByEmail{
    ROSTER_ROW "INDEXED BY users_by_email WHERE email_folded >= ? ORDER BY email_folded LIMIT ?",
    ROSTER_ROW
    "INDEXED BY users_by_email WHERE email_folded < ? ORDER BY email_folded DESC LIMIT ?"};
constexpr UpAndDown kById{
    ROSTER_ROW "INDEXED BY users_by_class " ROSTER_CLASS "id > ? ORDER BY id LIMIT ?",
    ROSTER_ROW "INDEXED BY users_by_class " ROSTER_CLASS "id < ? ORDER BY id DESC LIMIT ?"};
constexpr UpAndDown kByEmail{ROSTER_ROW "INDEXED BY users_by_class_and_email " ROSTER_CLASS
                                        "email_folded >= ? ORDER BY email_folded LIMIT ?",
                             ROSTER_ROW "INDEXED BY users_by_class_and_email " ROSTER_CLASS
                                        "email_folded < ? ORDER BY email_folded DESC LIMIT ?"};

// Of one second, by id or by e-mail.
constexpr UpAndDown kOfSecondById{ROSTER_ROW "INDEXED BY users_by_class_and_creation " ROSTER_CLASS
                                             "created_at = ? AND id > ? ORDER BY id LIMIT ?",
                                  ROSTER_ROW "INDEXED BY users_by_class_and_creation " ROSTER_CLASS
                                             "created_at = ? AND id < ? ORDER BY id DESC LIMIT ?"};
constexpr UpAndDown kOfSecondByEmail{
    ROSTER_ROW "INDEXED BY users_by_class_creation_and_email " ROSTER_CLASS
               "created_at = ? AND email_folded >= ? ORDER BY email_folded LIMIT ?",
    ROSTER_ROW "INDEXED BY users_by_class_creation_and_email " ROSTER_CLASS
               "created_at = ? AND email_folded < ? ORDER BY email_folded DESC LIMIT ?"};

// Of all later seconds, where both keys go the same way.
constexpr UpAndDown kByCreationAndId{
    ROSTER_ROW "INDEXED BY users_by_class_and_creation " ROSTER_CLASS
               "created_at > ? ORDER BY created_at, id LIMIT ?",
    ROSTER_ROW "INDEXED BY users_by_class_and_creation " ROSTER_CLASS
               "created_at < ? ORDER BY created_at DESC, id DESC LIMIT ?"};
constexpr UpAndDown kByCreationAndEmail{
    ROSTER_ROW "INDEXED BY users_by_class_creation_and_email " ROSTER_CLASS
               "created_at > ? ORDER BY created_at, email_folded LIMIT ?",
    ROSTER_ROW "INDEXED BY users_by_class_creation_and_email " ROSTER_CLASS
               "created_at < ? ORDER BY created_at DESC, email_folded DESC LIMIT ?"};
constexpr UpAndDown kNextSecond{
    "SELECT created_at FROM users INDEXED BY users_by_class_and_creation " ROSTER_CLASS
    "created_at > ? ORDER BY created_at LIMIT 1",
    "SELECT created_at FROM users INDEXED BY users_by_class_and_creation " ROSTER_CLASS
    "created_at < ? ORDER BY created_at DESC LIMIT 1"};

#undef ROSTER_CLASS
#undef ROSTER_ROW

constexpr std::string_view kCandidates =
    "SELECT users.id, created_at, users.email_folded, role, disabled FROM user_search CROSS JOIN "
    "users ON users.id = user_search.rowid WHERE user_search MATCH ? AND user_search.rowid > ? "
    "ORDER BY user_search.rowid LIMIT ?";

std::string_view in_direction(const UpAndDown& statements, bool is_descending) {
    return statements[is_descending ? 1 : 0];
}

SearchRow read_row(const Query& row) {
    const Role role = row.text(3) == to_string(Role::admin) ? Role::admin : Role::user;
    return {row.count(0), row.number(1), row.text(2), class_of(role, row.number(4) != 0)};
}

Query& bind_class(Query& query, UserClass whose) {
    return query.bind(to_string(role_of(whose))).bind(is_disabled(whose));
}

/// The rows of several statements, up to a number in all.
class Rows {
  public:
    Rows(std::size_t most, const SearchSource::Visit& visit) : left_(most), visit_(visit) {}

    bool is_over() const noexcept { return left_ == 0 || is_stopped_; }

    void take(Query& query) {
        query.bind(std::uint64_t{left_});
        while (!is_over() && query.step()) {
            is_stopped_ = !visit_(read_row(query));
            --left_;
        }
    }

  private:
    std::size_t left_;
    const SearchSource::Visit& visit_;
    bool is_stopped_ = false;
};

// What the statement compares ids and e-mails with: they include their end upwards (what follows
// a text is the text with a NUL), and exclude it downwards. No text is above the last one.
void bind_end(Query& query, UserOrder::By by, const std::optional<Position>& after) {
    if (by.key == UserSortKey::id) {
        if (after)
            query.bind(after->id);
        else
            query.bind(by.is_descending ? std::numeric_limits<std::int64_t>::max()
                                        : std::int64_t{0});
        return;
    }
    std::string end = after ? fold_email(after->email) : std::string(by.is_descending, '\xff');
    if (after && !by.is_descending) end += '\0';
    query.bind(std::string_view(end));
}

}  // namespace

RowSearch::RowSearch(Connection& connection, const ClassCounts& counts, EmailSearchTerms& terms)
    : connection_(connection), counts_(counts), terms_(terms) {
    connection_.query("BEGIN").run();
}

RowSearch::~RowSearch() {
    if (sqlite3_get_autocommit(connection_.handle()) == 0)
        (void)sqlite3_exec(connection_.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
}

bool RowSearch::walks_all(const UserOrder& order) const {
    return order.first().key != UserSortKey::created_at;
}

bool RowSearch::walk(std::optional<UserClass> whose, const UserOrder& order,
                     const std::optional<Position>& after, std::size_t most, const Visit& visit) {
    const auto by = order.first();
    if (by.key == UserSortKey::created_at)
        return walk_by_creation(*whose, order, after, most, visit);
    const bool is_by_id = by.key == UserSortKey::id;
    const UpAndDown& statements =
        whose ? (is_by_id ? kById : kByEmail) : (is_by_id ? kAllById : kAllByEmail);
    Rows rows(most, visit);
    Query query = connection_.query(in_direction(statements, by.is_descending));
    if (whose) bind_class(query, *whose);
    bind_end(query, by, after);
    rows.take(query);
    return rows.is_over();
}

// Second by second where the keys go different ways: SQLite would sort all users of a second.
bool RowSearch::walk_by_creation(UserClass whose, const UserOrder& order,
                                 const std::optional<Position>& after, std::size_t most,
                                 const Visit& visit) {
    const auto first = order.first();
    const auto second = order.second();
    const bool is_by_id = second.key == UserSortKey::id;
    Rows rows(most, visit);
    const auto take_second = [&](std::int64_t created_at, const std::optional<Position>& from) {
        Query query = connection_.query(
            in_direction(is_by_id ? kOfSecondById : kOfSecondByEmail, second.is_descending));
        bind_class(query, whose).bind(created_at);
        bind_end(query, second, from);
        rows.take(query);
    };
    std::int64_t at = first.is_descending ? std::numeric_limits<std::int64_t>::max()
                                          : std::numeric_limits<std::int64_t>::min();
    if (after) {
        at = after->created_at;
        take_second(at, after);
    }
    if (first.is_descending == second.is_descending) {
        if (rows.is_over()) return true;
        Query query = connection_.query(
            in_direction(is_by_id ? kByCreationAndId : kByCreationAndEmail, first.is_descending));
        bind_class(query, whose).bind(at);
        rows.take(query);
        return rows.is_over();
    }
    while (!rows.is_over()) {
        {
            Query query = connection_.query(in_direction(kNextSecond, first.is_descending));
            bind_class(query, whose).bind(at);
            if (!query.step()) return false;
            at = query.number(0);
        }
        take_second(at, std::nullopt);
    }
    return true;
}

bool RowSearch::next_candidates(const EmailPattern& pattern, std::size_t most, const Visit& visit) {
    if (match_.empty()) {
        match_ = terms_.match_of(connection_, pattern.folded());
        indexed_up_to_ = read_meta(connection_, "search_up_to");
    }
    const auto see = [&](const SearchRow& row) {
        after_ = row.id;
        return visit(row);
    };
    const Visit visit_and_note = see;
    Rows rows(most, visit_and_note);
    if (after_ < indexed_up_to_) {
        Query query = connection_.query(kCandidates);
        query.bind(std::string_view(match_)).bind(after_);
        rows.take(query);
        if (rows.is_over()) return true;
        after_ = indexed_up_to_;
    }
    Query query = connection_.query(kAllById[0]);
    query.bind(after_);
    rows.take(query);
    return rows.is_over();
}

std::optional<User> RowSearch::user(UserId id) {
    return find_user(connection_, id);
}

}  // namespace roster::storage
