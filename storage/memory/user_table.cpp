#include "storage/memory/user_table.hpp"

#include <algorithm>
#include <utility>

namespace roster::storage {

UserId UserTable::last_id() const noexcept {
    return chunks_.empty() ? 0 : chunks_.back()->last_id();
}

// The chunk where the id is or would be: the last one that begins at or below it, or the first.
std::size_t UserTable::chunk_of(UserId id) const noexcept {
    const auto above = std::upper_bound(
        chunks_.begin(), chunks_.end(), id,
        [](UserId wanted, const auto& chunk) { return wanted < chunk->first_id(); });
    return above == chunks_.begin() ? 0 : static_cast<std::size_t>(above - chunks_.begin()) - 1;
}

std::optional<UserRecord> UserTable::find(UserId id) const noexcept {
    if (chunks_.empty()) return std::nullopt;
    const UserChunk& chunk = *chunks_[chunk_of(id)];
    const std::size_t position = chunk.lower_bound(id);
    if (!chunk.holds(position, id)) return std::nullopt;
    return chunk.at(position);
}

std::span<const std::unique_ptr<UserChunk>> UserTable::chunks_above(UserId after) const noexcept {
    if (chunks_.empty()) return {};
    return std::span(chunks_).subspan(chunk_of(after));
}

std::span<const std::unique_ptr<UserChunk>> UserTable::chunks_below(UserId before) const noexcept {
    if (chunks_.empty()) return {};
    return std::span(chunks_).first(chunk_of(before) + 1);
}

std::unique_ptr<UserChunk> UserTable::make_chunk() const {
    auto chunk = std::make_unique<UserChunk>();
    chunk->stamp = stamp_;
    return chunk;
}

// A chunk that is not older than the newest view is in no view.
UserChunk& UserTable::writable(std::size_t chunk) {
    std::unique_ptr<UserChunk>& place = chunks_[chunk];
    if (views_ == 0 || place->stamp == stamp_) return *place;
    auto copy = std::make_unique<UserChunk>(*place);
    copy->stamp = stamp_;
    retired_.push_back(std::move(place));
    place = std::move(copy);
    return *place;
}

void UserTable::insert(const UserRecord& record) {
    if (chunks_.empty()) {
        auto first = make_chunk();
        first->insert(0, record);
        chunks_.push_back(std::move(first));
        size_ = 1;
        return;
    }
    const std::size_t index = chunk_of(record.id);
    UserChunk& chunk = writable(index);
    const std::size_t position = chunk.lower_bound(record.id);
    if (chunk.size() < UserChunk::kMaxUsers)
        chunk.insert(position, record);
    else
        split_and_insert(index, position, record);
    ++size_;
}

void UserTable::split_and_insert(std::size_t index, std::size_t position,
                                 const UserRecord& record) {
    UserChunk& lower = *chunks_[index];
    // Ids grow: mostly the new user begins a new chunk, and the old one stays full.
    const std::size_t cut = position == lower.size() ? position : lower.size() / 2;
    auto upper = make_chunk();
    lower.split(cut, *upper);
    lower.shrink();
    if (position >= cut)
        upper->insert(position - cut, record);
    else
        lower.insert(position, record);
    chunks_.insert(chunks_.begin() + static_cast<std::ptrdiff_t>(index) + 1, std::move(upper));
}

void UserTable::replace(const UserRecord& record) {
    UserChunk& chunk = writable(chunk_of(record.id));
    chunk.replace(chunk.lower_bound(record.id), record);
}

void UserTable::erase(UserId id) {
    const std::size_t index = chunk_of(id);
    UserChunk& chunk = writable(index);
    chunk.erase(chunk.lower_bound(id));
    if (chunk.size() == 0) chunks_.erase(chunks_.begin() + static_cast<std::ptrdiff_t>(index));
    --size_;
}

UserView UserTable::snapshot() {
    UserView view;
    view.reserve(chunks_.size());
    for (const auto& chunk : chunks_)
        view.push_back(chunk.get());
    ++views_;
    ++stamp_;
    return view;
}

std::vector<std::unique_ptr<UserChunk>> UserTable::give_back_view() noexcept {
    if (--views_ > 0) return {};
    return std::exchange(retired_, {});
}

std::size_t UserTable::memory_bytes() const noexcept {
    std::size_t bytes = chunks_.capacity() * sizeof(chunks_.front());
    for (const auto& chunk : chunks_)
        bytes += chunk->memory_bytes();
    return bytes;
}

}  // namespace roster::storage
