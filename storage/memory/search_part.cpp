#include "storage/memory/search_part.hpp"

#include <algorithm>

namespace roster::storage {

SearchRow search_row(const UserRecord& record) noexcept {
    return {record.id, record.created_at.time_since_epoch().count(), record.email,
            class_of(record.role, record.disabled)};
}

std::optional<UserRecord> RecordsOfView::record(UserId id) const noexcept {
    const auto above = std::upper_bound(
        view_.begin(), view_.end(), id,
        [](UserId wanted, const UserChunk* chunk) { return wanted < chunk->first_id(); });
    if (above == view_.begin()) return std::nullopt;
    const UserChunk& chunk = **(above - 1);
    const std::size_t position = chunk.lower_bound(id);
    if (!chunk.holds(position, id)) return std::nullopt;
    return chunk.at(position);
}

}  // namespace roster::storage
