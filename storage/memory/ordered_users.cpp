#include "storage/memory/ordered_users.hpp"

#include "core/text.hpp"

#include <algorithm>
#include <vector>

namespace roster::storage {
namespace {

// The beginning of an e-mail as a number: mostly it decides, and nothing has to be looked up.
std::uint64_t head_of(std::string_view email) noexcept {
    constexpr std::size_t kBytes = sizeof(std::uint64_t);
    std::uint64_t head = 0;
    for (std::size_t i = 0; i < kBytes; ++i)
        head =
            head << 8 | (i < email.size() ? static_cast<unsigned char>(ascii_lower(email[i])) : 0U);
    return head;
}

template <class Number>
int compare_numbers(Number a, Number b) noexcept {
    return a < b ? -1 : int{a > b};
}

// What stands in an index. A group is what has the first key in common; the second one orders it.
struct ById {
    explicit ById(const SearchRow& row) : id(row.id) {}
    static std::int64_t group(const SearchRow&) noexcept { return 0; }
    std::int64_t group() const noexcept { return 0; }
    int compare_second(const SearchRow& row, std::uint64_t, const UserRecords&) const noexcept {
        return compare_numbers(id, row.id);
    }
    static int compare_second(const ById& a, const ById& b) noexcept {
        return compare_numbers(a.id, b.id);
    }
    static constexpr bool kLooksUp = false;

    UserId id;
};

int compare_found(std::uint64_t head, UserId id, const SearchRow& row, std::uint64_t row_head,
                  const UserRecords& users) noexcept {
    if (head != row_head) return compare_numbers(head, row_head);
    const auto record = users.record(id);
    return compare_emails(record ? record->email : std::string_view(), row.email);
}

struct ByEmail {
    explicit ByEmail(const SearchRow& row) : head(head_of(row.email)), id(row.id) {}
    static std::int64_t group(const SearchRow&) noexcept { return 0; }
    std::int64_t group() const noexcept { return 0; }
    int compare_second(const SearchRow& row, std::uint64_t row_head,
                       const UserRecords& users) const noexcept {
        return compare_found(head, id, row, row_head, users);
    }
    static int compare_second(const ByEmail& a, const ByEmail& b) noexcept {
        return compare_numbers(a.head, b.head);
    }
    static constexpr bool kLooksUp = true;

    std::uint64_t head;
    UserId id;
};

struct ByCreation {
    explicit ByCreation(const SearchRow& row) : created_at(row.created_at), id(row.id) {}
    static std::int64_t group(const SearchRow& row) noexcept { return row.created_at; }
    std::int64_t group() const noexcept { return created_at; }
    int compare_second(const SearchRow& row, std::uint64_t, const UserRecords&) const noexcept {
        return compare_numbers(id, row.id);
    }
    static int compare_second(const ByCreation& a, const ByCreation& b) noexcept {
        return compare_numbers(a.id, b.id);
    }
    static constexpr bool kLooksUp = false;

    std::int64_t created_at;
    UserId id;
};

struct ByCreationAndEmail {
    explicit ByCreationAndEmail(const SearchRow& row)
        : created_at(row.created_at), head(head_of(row.email)), id(row.id) {}
    static std::int64_t group(const SearchRow& row) noexcept { return row.created_at; }
    std::int64_t group() const noexcept { return created_at; }
    int compare_second(const SearchRow& row, std::uint64_t row_head,
                       const UserRecords& users) const noexcept {
        return compare_found(head, id, row, row_head, users);
    }
    static int compare_second(const ByCreationAndEmail& a, const ByCreationAndEmail& b) noexcept {
        return compare_numbers(a.head, b.head);
    }
    static constexpr bool kLooksUp = true;

    std::int64_t created_at;
    std::uint64_t head;
    UserId id;
};

template <class Entry>
class Ordered final : public OrderedUsers {
  public:
    bool is_touched(const UserRecord& before, const UserRecord& after) const override;
    void fill(const UserView& view) override;
    void remove(const UserRecord& record, const UserRecords& users) override;
    void add(const UserRecord& record, const UserRecords& users) override;
    bool walk(UserClass whose, const UserOrder& order, const Position* after, std::size_t most,
              const UserRecords& users, const Visit& visit) const override;
    // It never should be; made anew it is right in any case.
    bool is_worn() const override { return is_broken_; }
    std::size_t memory_bytes() const noexcept override {
        std::size_t bytes = sizeof *this;
        for (const Row& row : rows_)
            bytes += row.memory_bytes();
        return bytes;
    }

  private:
    using Row = SortedBlocks<Entry>;
    using Place = typename Row::Place;
    class Steps;

    Row& row_of(const UserRecord& record) {
        return rows_[static_cast<std::size_t>(class_of(record.role, record.disabled))];
    }
    static Place place_of(const Row& row, const SearchRow& user, const UserRecords& users);

    std::array<Row, kUserClasses.size()> rows_;
    bool is_broken_ = false;
};

/// From one place to the next in a direction for each key: group by group, so that going down by
/// the first key and up by the second one costs no more than both up.
template <class Entry>
class Ordered<Entry>::Steps {
  public:
    Steps(const Row& row, const UserOrder& order)
        : row_(row),
          groups_go_down_(order.first().is_descending),
          users_go_down_(order.second().is_descending) {}

    std::optional<Place> first() const {
        if (row_.empty()) return std::nullopt;
        const Place any = groups_go_down_ ? row_.previous(row_.end()) : row_.begin();
        return enter(row_.at(any).group());
    }

    std::optional<Place> behind(const SearchRow& user, const UserRecords& users) const {
        const std::int64_t group = Entry::group(user);
        const std::uint64_t head = head_of(user.email);
        const Place place = row_.partition_point([&](const Entry& entry) {
            if (entry.group() != group) return entry.group() < group;
            const int compared = entry.compare_second(user, head, users);
            return users_go_down_ ? compared < 0 : compared <= 0;
        });
        if (const auto next = users_go_down_ ? before(place) : at(place);
            next && row_.at(*next).group() == group)
            return next;
        return leave(group);
    }

    std::optional<Place> behind(Place place) const {
        const auto next = users_go_down_ ? before(place) : at(row_.next(place));
        if (groups_go_down_ == users_go_down_) return next;
        const std::int64_t group = row_.at(place).group();
        if (next && row_.at(*next).group() == group) return next;
        return leave(group);
    }

  private:
    std::optional<Place> at(Place place) const {
        return place == row_.end() ? std::nullopt : std::optional(place);
    }
    std::optional<Place> before(Place place) const {
        return place == row_.begin() ? std::nullopt : std::optional(row_.previous(place));
    }

    Place begin_of(std::int64_t group) const {
        return row_.partition_point([&](const Entry& entry) { return entry.group() < group; });
    }
    Place end_of(std::int64_t group) const {
        return row_.partition_point([&](const Entry& entry) { return entry.group() <= group; });
    }

    std::optional<Place> enter(std::int64_t group) const {
        return users_go_down_ ? before(end_of(group)) : at(begin_of(group));
    }
    std::optional<Place> leave(std::int64_t group) const {
        const auto next = groups_go_down_ ? before(begin_of(group)) : at(end_of(group));
        if (!next) return std::nullopt;
        return enter(row_.at(*next).group());
    }

    const Row& row_;
    bool groups_go_down_;
    bool users_go_down_;
};

template <class Entry>
bool Ordered<Entry>::is_touched(const UserRecord& before, const UserRecord& after) const {
    return before.email != after.email || before.created_at != after.created_at ||
           before.role != after.role || before.disabled != after.disabled;
}

template <class Entry>
void Ordered<Entry>::fill(const UserView& view) {
    struct Filled {
        Entry entry;
        std::string_view email;
    };
    std::array<std::vector<Filled>, kUserClasses.size()> all;
    for (const UserChunk* chunk : view) {
        for (std::size_t i = 0; i < chunk->size(); ++i) {
            const SearchRow row = search_row(chunk->at(i));
            all[static_cast<std::size_t>(row.user_class)].push_back({Entry(row), row.email});
        }
    }
    const auto before = [](const Filled& a, const Filled& b) {
        if (a.entry.group() != b.entry.group()) return a.entry.group() < b.entry.group();
        const int heads = Entry::compare_second(a.entry, b.entry);
        if (heads != 0 || !Entry::kLooksUp) return heads < 0;
        return compare_emails(a.email, b.email) < 0;
    };
    for (std::size_t i = 0; i < all.size(); ++i) {
        if (!std::is_sorted(all[i].begin(), all[i].end(), before))
            std::sort(all[i].begin(), all[i].end(), before);
        std::vector<Entry> entries;
        entries.reserve(all[i].size());
        for (const Filled& filled : all[i])
            entries.push_back(filled.entry);
        std::vector<Filled>().swap(all[i]);
        rows_[i].assign(entries);
    }
}

template <class Entry>
auto Ordered<Entry>::place_of(const Row& row, const SearchRow& user, const UserRecords& users)
    -> Place {
    const std::int64_t group = Entry::group(user);
    const std::uint64_t head = head_of(user.email);
    return row.partition_point([&](const Entry& entry) {
        if (entry.group() != group) return entry.group() < group;
        return entry.compare_second(user, head, users) < 0;
    });
}

template <class Entry>
void Ordered<Entry>::remove(const UserRecord& record, const UserRecords& users) {
    Row& row = row_of(record);
    const Place place = place_of(row, search_row(record), users);
    if (place == row.end() || row.at(place).id != record.id)
        is_broken_ = true;
    else
        row.erase(place);
}

template <class Entry>
void Ordered<Entry>::add(const UserRecord& record, const UserRecords& users) {
    Row& row = row_of(record);
    const SearchRow user = search_row(record);
    row.insert(place_of(row, user, users), Entry(user));
}

template <class Entry>
bool Ordered<Entry>::walk(UserClass whose, const UserOrder& order, const Position* after,
                          std::size_t most, const UserRecords& users, const Visit& visit) const {
    const Row& row = rows_[static_cast<std::size_t>(whose)];
    const Steps steps(row, order);
    auto place = after != nullptr ? steps.behind(after->row(), users) : steps.first();
    for (; place && most > 0; --most) {
        const auto record = users.record(row.at(*place).id);
        if (record && !visit(search_row(*record))) return true;
        place = steps.behind(*place);
    }
    return place.has_value();
}

}  // namespace

std::unique_ptr<OrderedUsers> make_ordered_users(UserSortKey first, UserSortKey second) {
    if (first == UserSortKey::id) return std::make_unique<Ordered<ById>>();
    if (first == UserSortKey::email) return std::make_unique<Ordered<ByEmail>>();
    if (second == UserSortKey::email) return std::make_unique<Ordered<ByCreationAndEmail>>();
    return std::make_unique<Ordered<ByCreation>>();
}

}  // namespace roster::storage
