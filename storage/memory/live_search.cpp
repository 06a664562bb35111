#include "storage/memory/live_search.hpp"

#include "storage/core/user_search.hpp"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

namespace roster::storage {
namespace {

// Commits wait while an index is read, or brought up to date.
constexpr std::size_t kUsersPerHold = 256;
constexpr std::size_t kCandidatesPerHold = 4096;
constexpr std::size_t kFewChanges = 128;

void follow(SearchPart& part, const std::set<UserId>& changed, const UserRecords& before,
            const UserRecords& after) {
    for (const UserId id : changed)
        if (const auto record = before.record(id)) part.remove(*record, before);
    for (const UserId id : changed)
        if (const auto record = after.record(id)) part.add(*record, after);
}

using Chunks = std::span<const std::unique_ptr<UserChunk>>;
using SeeRow = SearchSource::Visit;

// Up to `most` rows with ids above `after`; false where they were the last ones.
bool walk_up(const UserTable& table, UserId after, std::size_t most, const SeeRow& see) {
    for (const auto& chunk : table.chunks_above(after)) {
        for (std::size_t i = chunk->lower_bound(after + 1); i < chunk->size(); ++i) {
            if (most-- == 0) return true;
            if (!see(search_row(chunk->at(i)))) return true;
        }
    }
    return false;
}

bool walk_down(const UserTable& table, UserId before, std::size_t most, const SeeRow& see) {
    const Chunks all = table.chunks_above(0);
    const Chunks not_below = table.chunks_above(before);
    for (std::size_t c = all.size() - not_below.size() + 1; c-- > 0;) {
        if (c >= all.size()) continue;
        for (std::size_t i = all[c]->lower_bound(before); i-- > 0;) {
            if (most-- == 0) return true;
            if (!see(search_row(all[c]->at(i)))) return true;
        }
    }
    return false;
}

}  // namespace

/// In short holds of the users' lock, each of which goes on where the one before it ended.
class LiveSearch::Source final : public SearchSource {
  public:
    explicit Source(LiveSearch& search) : search_(search), users_(search.users_) {}

    bool walks_all(const UserOrder& order) const override {
        return order.first().key == UserSortKey::id;
    }

    bool walk(std::optional<UserClass> whose, const UserOrder& order,
              const std::optional<Position>& after, std::size_t most, const Visit& visit) override {
        std::optional<Position> at = after;
        bool is_stopped = false;
        const auto see = [&](const SearchRow& row) {
            is_stopped = !visit(row);
            at.emplace(row);
            return !is_stopped;
        };
        const auto part = whose ? ordered(order) : nullptr;
        while (most > 0) {
            const std::size_t now = std::min(most, kUsersPerHold);
            // Where a row is seen it becomes the place to go on from.
            const std::optional<Position> from = at;
            const bool has_more = users_.read_locked([&](const UserIndex& index) {
                if (!whose) return walk_table(index.table(), order, from, now, see);
                return part->walk(*whose, order, from ? &*from : nullptr, now,
                                  index.search().records(), see);
            });
            if (is_stopped) return true;
            if (!has_more) return false;
            most -= now;
        }
        return true;
    }

    bool next_candidates(const EmailPattern& pattern, std::size_t most,
                         const Visit& visit) override {
        while (most > 0) {
            const std::size_t now = std::min(most, kCandidatesPerHold);
            std::vector<UserId> ids;
            const bool has_more = next_ids(pattern, now, ids);
            visit_all(ids, visit);
            if (!has_more) return false;
            most -= now;
        }
        return true;
    }

    std::uint64_t count(UserClass whose) override {
        return users_.read_locked([&](const UserIndex& index) { return index.count(whose); });
    }

    std::optional<User> user(UserId id) override {
        auto user = users_.find(id);
        if (!user) return std::nullopt;
        return std::move(*user);
    }

  private:
    static bool walk_table(const UserTable& table, const UserOrder& order,
                           const std::optional<Position>& from, std::size_t most,
                           const SeeRow& see) {
        if (!order.first().is_descending) return walk_up(table, from ? from->id : 0, most, see);
        return walk_down(table, from ? from->id : table.last_id() + 1, most, see);
    }

    std::shared_ptr<const OrderedUsers> ordered(const UserOrder& order) {
        if (!ordered_ || ordered_order_ != part_for(order)) {
            ordered_ = std::static_pointer_cast<const OrderedUsers>(search_.part(part_for(order)));
            ordered_order_ = part_for(order);
        }
        return ordered_;
    }

    bool next_ids(const EmailPattern& pattern, std::size_t most, std::vector<UserId>& ids) {
        if (!trigrams_)
            trigrams_ = std::static_pointer_cast<const TrigramIndex>(
                search_.part(SearchPartName::trigrams));
        return users_.read_locked([&](const UserIndex&) {
            if (!candidates_) candidates_.emplace(*trigrams_, pattern.folded());
            return candidates_->next(*trigrams_, most, ids);
        });
    }

    void visit_all(std::span<const UserId> ids, const Visit& visit) {
        while (!ids.empty()) {
            const auto now = ids.first(std::min(ids.size(), kUsersPerHold));
            users_.read_locked([&](const UserIndex& index) {
                for (const UserId id : now)
                    if (const auto record = index.find(id)) (void)visit(search_row(*record));
            });
            ids = ids.subspan(now.size());
        }
    }

    LiveSearch& search_;
    ConcurrentUserTable& users_;
    // Kept, because another one may be put in their place meanwhile.
    std::shared_ptr<const OrderedUsers> ordered_;
    std::optional<SearchPartName> ordered_order_;
    std::shared_ptr<const TrigramIndex> trigrams_;
    std::optional<TrigramIndex::Candidates> candidates_;
};

// Whoever is disabled while a page is made could be seen in both classes, or in none. That takes
// microseconds, so it is simply made again; who makes it long has to bear it.
result<UserPage> LiveSearch::search(const UserQuery& query) {
    constexpr int kTries = 4;
    const auto class_changes = [this] {
        return users_.read_locked(
            [](const UserIndex& index) { return index.search().class_changes(); });
    };
    for (int tries = 1;; ++tries) {
        const std::uint64_t before = class_changes();
        Source source(*this);
        auto page = search_users(query, source);
        if (tries == kTries || class_changes() == before) return page;
    }
}

std::shared_ptr<const SearchPart> LiveSearch::part(SearchPartName name) {
    if (auto part = part_there_is(name)) return part;
    const std::lock_guard lock(making_);
    if (!part_there_is(name)) make(name);
    return users_.read_locked([&](const UserIndex& index) { return index.search().part(name); });
}

std::shared_ptr<const SearchPart> LiveSearch::part_there_is(SearchPartName name) const {
    return users_.read_locked([&](const UserIndex& index) -> std::shared_ptr<const SearchPart> {
        auto part = index.search().part(name);
        if (!part || part->is_worn()) return nullptr;
        return part;
    });
}

// From a view, so that nobody waits; then what was changed meanwhile, in ever smaller steps.
void LiveSearch::make(SearchPartName name) {
    const std::shared_ptr<SearchPart> part = make_search_part(name);
    std::unique_ptr<ConcurrentUserTable::View> view;
    users_.prepare_search([&](UserIndex& index) {
        view = std::make_unique<ConcurrentUserTable::View>(users_, index.table().snapshot());
        index.search().watch(true);
    });
    try {
        part->fill(view->chunks());
        while (!bring_up_to_date(*part, view)) {
        }
    } catch (...) {
        users_.prepare_search([](UserIndex& index) { index.search().watch(false); });
        throw;
    }
    // Freed when nobody waits.
    std::shared_ptr<SearchPart> old;
    users_.prepare_search([&](UserIndex& index) {
        // Few came since.
        const RecordsOfView before(view->chunks());
        follow(*part, index.search().take_changed(), before, index.search().records());
        old = index.search().put(name, part);
        index.search().watch(false);
    });
}

// True when so little is missing that a commit can wait for it.
bool LiveSearch::bring_up_to_date(SearchPart& part,
                                  std::unique_ptr<ConcurrentUserTable::View>& view) {
    std::set<UserId> changed;
    std::unique_ptr<ConcurrentUserTable::View> next;
    users_.prepare_search([&](UserIndex& index) {
        if (index.search().changed_count() <= kFewChanges) return;
        changed = index.search().take_changed();
        next = std::make_unique<ConcurrentUserTable::View>(users_, index.table().snapshot());
    });
    if (!next) return true;
    const RecordsOfView before(view->chunks());
    const RecordsOfView after(next->chunks());
    follow(part, changed, before, after);
    view = std::move(next);
    return false;
}

}  // namespace roster::storage
