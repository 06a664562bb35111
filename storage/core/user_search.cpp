#include "storage/core/user_search.hpp"

#include "storage/core/search_cursor.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace roster::storage {
namespace {

// So many users are looked at in one way before the other one is tried.
constexpr std::size_t kFirstTurn = 128;

/// The first so many of all that were offered.
class FirstOnes {
  public:
    FirstOnes(std::size_t most, const UserOrder& order) : most_(most), order_(order) {
        rows_.reserve(most);
    }

    bool takes(const SearchRow& row) const {
        return rows_.size() < most_ || stands_before(row, rows_.front().row(), order_);
    }

    void add(const SearchRow& row) {
        const auto before = [this](const Position& a, const Position& b) {
            return stands_before(a.row(), b.row(), order_);
        };
        if (rows_.size() == most_) {
            std::pop_heap(rows_.begin(), rows_.end(), before);
            rows_.back() = Position(row);
        } else {
            rows_.emplace_back(row);
        }
        std::push_heap(rows_.begin(), rows_.end(), before);
    }

    std::vector<Position> in_order() && {
        std::sort_heap(rows_.begin(), rows_.end(), [this](const Position& a, const Position& b) {
            return stands_before(a.row(), b.row(), order_);
        });
        return std::move(rows_);
    }

  private:
    std::size_t most_;
    const UserOrder& order_;
    // A heap: the last one in front.
    std::vector<Position> rows_;
};

/// A walk through one class, or all of them, that can be interrupted.
struct Walk {
    std::optional<UserClass> whose;
    std::optional<Position> at;
    bool is_over = false;
};

class Search {
  public:
    Search(const UserQuery& query, std::optional<Position> after, SearchSource& source)
        : query_(query), after_(std::move(after)), source_(source), pattern_(query.text) {}

    UserPage run() {
        UserPage page;
        if (query_.total) page.total = count_all();
        fill(page, query_.total && counted_.has_value() ? std::move(*counted_) : find());
        return page;
    }

  private:
    std::size_t wanted() const noexcept { return query_.limit + 1; }
    bool is_prefix_in_order() const noexcept {
        return pattern_.is_prefix() && query_.order.first().key == UserSortKey::email;
    }

    // Where there is a text, the users have to be seen to be counted; then the page is found, too.
    std::uint64_t count_all() {
        if (pattern_.is_empty()) {
            std::uint64_t count = 0;
            for (const UserClass whose : kUserClasses)
                if (wants(query_, whose)) count += source_.count(whose);
            return count;
        }
        FirstOnes found(wanted(), query_.order);
        std::uint64_t count = 0;
        Gathering gathering = begin_gathering();
        constexpr std::size_t kPerTurn = 16'384;
        while (gather(gathering, kPerTurn, found, count)) {
        }
        counted_ = std::move(found).in_order();
        return count;
    }

    std::vector<Position> find() {
        FirstOnes walked(wanted(), query_.order);
        std::vector<Walk> walks = begin_walks();
        // Without a text each user that is seen is shown.
        if (pattern_.is_empty()) {
            while (go_on(walks, wanted() + 1, walked)) {
            }
            return std::move(walked).in_order();
        }
        // Either of two ways may be long where the other is short: whether many have the text, and
        // where they stand, is not known before. In turns that grow, both take a small multiple of
        // what the shorter one takes.
        FirstOnes gathered(wanted(), query_.order);
        Gathering gathering = begin_gathering();
        std::uint64_t count = 0;
        for (std::size_t turn = kFirstTurn;; turn *= 2) {
            if (!go_on(walks, turn, walked)) return std::move(walked).in_order();
            if (is_prefix_in_order()) continue;
            if (!gather(gathering, turn, gathered, count)) return std::move(gathered).in_order();
        }
    }

    std::vector<Walk> begin_walks() const {
        std::optional<Position> begin = after_;
        if (!begin && is_prefix_in_order()) {
            begin.emplace();
            begin->email = query_.order.first().is_descending ? pattern_.behind_prefix()
                                                              : pattern_.before_prefix();
        }
        return walks_from(begin, query_.order);
    }

    std::vector<Walk> walks_from(const std::optional<Position>& begin,
                                 const UserOrder& order) const {
        std::vector<Walk> walks;
        if (!query_.role && !query_.disabled && source_.walks_all(order)) {
            walks.push_back({std::nullopt, begin});
            return walks;
        }
        for (const UserClass whose : kUserClasses)
            if (wants(query_, whose)) walks.push_back({whose, begin});
        return walks;
    }

    // False where what was found is all that is wanted.
    bool go_on(std::vector<Walk>& walks, std::size_t turn, FirstOnes& found) {
        bool is_further = false;
        for (Walk& walk : walks) {
            if (!walk.is_over) go_on(walk, turn, found);
            is_further = is_further || !walk.is_over;
        }
        return is_further;
    }

    void go_on(Walk& walk, std::size_t turn, FirstOnes& found) {
        std::optional<Position> last;
        const auto visit = [&](const SearchRow& row) {
            const bool matches = pattern_.matches(row.email);
            walk.is_over = !found.takes(row) || (is_prefix_in_order() && !matches);
            if (walk.is_over) return false;
            if (matches) found.add(row);
            last.emplace(row);
            return true;
        };
        if (!source_.walk(walk.whose, query_.order, walk.at, turn, visit)) walk.is_over = true;
        if (last) walk.at = std::move(last);
    }

    /// Those with a text: by an index of what is in e-mails, or for prefixes by that of e-mails.
    struct Gathering {
        std::vector<Walk> walks;
    };

    Gathering begin_gathering() const {
        Gathering gathering;
        if (!pattern_.is_prefix()) return gathering;
        Position begin;
        begin.email = pattern_.before_prefix();
        gathering.walks = walks_from(begin, by_email());
        return gathering;
    }

    static UserOrder by_email() { return UserOrder({UserSortKey::email, false}); }

    // False where all of them were seen.
    bool gather(Gathering& gathering, std::size_t turn, FirstOnes& found, std::uint64_t& count) {
        const auto take = [&](const SearchRow& row) {
            if (!wants(query_, row.user_class) || !pattern_.matches(row.email)) return;
            ++count;
            if (after_ && !stands_before(after_->row(), row, query_.order)) return;
            if (found.takes(row)) found.add(row);
        };
        if (!pattern_.is_prefix()) {
            return source_.next_candidates(pattern_, turn, [&](const SearchRow& row) {
                take(row);
                return true;
            });
        }
        bool is_further = false;
        for (Walk& walk : gathering.walks) {
            if (!walk.is_over) gather(walk, turn, take);
            is_further = is_further || !walk.is_over;
        }
        return is_further;
    }

    template <class Take>
    void gather(Walk& walk, std::size_t turn, const Take& take) {
        std::optional<Position> last;
        const auto visit = [&](const SearchRow& row) {
            walk.is_over = !pattern_.matches(row.email);
            if (walk.is_over) return false;
            take(row);
            last.emplace(row);
            return true;
        };
        if (!source_.walk(walk.whose, by_email(), walk.at, turn, visit)) walk.is_over = true;
        if (last) walk.at = std::move(last);
    }

    void fill(UserPage& page, std::vector<Position> found) {
        if (found.size() > query_.limit) {
            found.resize(query_.limit);
            page.next_cursor = make_cursor(found.back(), query_);
        }
        page.users.reserve(found.size());
        for (const Position& position : found) {
            auto user = source_.user(position.id);
            // He may have become another one since.
            if (!user || !wants(query_, class_of(user->role, user->disabled))) continue;
            if (pattern_.matches(user->email)) page.users.push_back(std::move(*user));
        }
    }

    const UserQuery& query_;
    std::optional<Position> after_;
    SearchSource& source_;
    EmailPattern pattern_;
    std::optional<std::vector<Position>> counted_;
};

}  // namespace

result<UserPage> search_users(const UserQuery& query, SearchSource& source) {
    if (problem_of(query)) return Errc::invalid_request;
    std::optional<Position> after;
    if (query.cursor) {
        after = read_cursor(*query.cursor, query);
        if (!after) return Errc::invalid_request;
    }
    return Search(query, std::move(after), source).run();
}

}  // namespace roster::storage
