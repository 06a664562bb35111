#include "storage/memory/search_index.hpp"

namespace roster::storage {

SearchPartName part_for(const UserOrder& order) noexcept {
    switch (order.first().key) {
        case UserSortKey::id: return SearchPartName::by_id;
        case UserSortKey::email: return SearchPartName::by_email;
        case UserSortKey::created_at: break;
    }
    return order.second().key == UserSortKey::email ? SearchPartName::by_creation_and_email
                                                    : SearchPartName::by_creation;
}

std::shared_ptr<SearchPart> make_search_part(SearchPartName name) {
    using Key = UserSortKey;
    switch (name) {
        case SearchPartName::by_id: return make_ordered_users(Key::id, Key::id);
        case SearchPartName::by_email: return make_ordered_users(Key::email, Key::email);
        case SearchPartName::by_creation: return make_ordered_users(Key::created_at, Key::id);
        case SearchPartName::by_creation_and_email:
            return make_ordered_users(Key::created_at, Key::email);
        case SearchPartName::trigrams: break;
    }
    return std::make_shared<TrigramIndex>();
}

void SearchIndex::user_leaves(const UserRecord& user) {
    for (const auto& part : parts_)
        if (part) part->remove(user, records_);
    note_change(user.id);
}

SearchIndex::Touched SearchIndex::steps_out(const UserRecord& before, const UserRecord& after) {
    if (before.role != after.role || before.disabled != after.disabled) ++class_changes_;
    Touched touched = 0;
    for (std::size_t i = 0; i < parts_.size(); ++i) {
        if (!parts_[i] || !parts_[i]->is_touched(before, after)) continue;
        parts_[i]->remove(before, records_);
        touched |= Touched{1} << i;
    }
    return touched;
}

void SearchIndex::comes_back(const UserRecord& after, Touched touched) {
    for (std::size_t i = 0; i < parts_.size(); ++i)
        if (parts_[i] && (touched >> i & 1U) != 0) parts_[i]->add(after, records_);
    note_change(after.id);
}

void SearchIndex::watch(bool on) {
    is_watching_ = on;
    changed_.clear();
}

std::size_t SearchIndex::memory_bytes() const noexcept {
    std::size_t bytes = 0;
    for (const auto& part : parts_)
        if (part) bytes += part->memory_bytes();
    return bytes;
}

}  // namespace roster::storage
