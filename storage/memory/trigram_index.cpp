#include "storage/memory/trigram_index.hpp"

#include "core/text.hpp"

#include <algorithm>

namespace roster::storage {
namespace {

constexpr std::size_t kTrigramBytes = 3;
// Longer lists than so many times the shortest one rule out less than reading them costs.
constexpr std::size_t kMaxLengthRatio = 8;
constexpr std::size_t kMaxLists = 6;
// Looked at by every search, so they must stay few; but whoever changes his e-mail should not have
// the whole index made anew.
constexpr std::size_t kMaxChanged = 2000;

std::uint32_t trigram_at(std::string_view text, std::size_t place) noexcept {
    std::uint32_t trigram = 0;
    for (std::size_t i = place; i < place + kTrigramBytes; ++i)
        trigram = trigram << 8 | static_cast<unsigned char>(ascii_lower(text[i]));
    return trigram;
}

// Seven bits a byte, the low ones first; the last byte has its high bit clear.
void append_number(std::vector<std::uint8_t>& bytes, std::uint64_t number) {
    for (; number >= 0x80; number >>= 7)
        bytes.push_back(static_cast<std::uint8_t>(number | 0x80));
    bytes.push_back(static_cast<std::uint8_t>(number));
}

}  // namespace

void TrigramIndex::fill(const UserView& view) {
    for (const UserChunk* chunk : view) {
        for (std::size_t i = 0; i < chunk->size(); ++i) {
            const UserRecord record = chunk->at(i);
            append(record.id, record.email);
        }
    }
    for (auto& [trigram, list] : lists_)
        list.distances.shrink_to_fit();
}

void TrigramIndex::append(UserId id, std::string_view email) {
    last_id_ = id;
    ++users_;
    for (std::size_t i = 0; i + kTrigramBytes <= email.size(); ++i) {
        List& list = lists_[trigram_at(email, i)];
        if (list.last == id) continue;
        append_number(list.distances, id - list.last);
        list.last = id;
        ++list.count;
    }
}

void TrigramIndex::remove(const UserRecord& record, const UserRecords& /*users*/) {
    ++gone_;
    changed_.erase(record.id);
}

void TrigramIndex::add(const UserRecord& record, const UserRecords& /*users*/) {
    if (record.id > last_id_)
        append(record.id, record.email);
    else
        changed_.insert(record.id);
}

bool TrigramIndex::is_worn() const {
    return changed_.size() > kMaxChanged || gone_ > users_ / 2 + kMaxChanged;
}

const TrigramIndex::List* TrigramIndex::list(std::uint32_t trigram) const noexcept {
    const auto found = lists_.find(trigram);
    return found == lists_.end() ? nullptr : &found->second;
}

std::size_t TrigramIndex::memory_bytes() const noexcept {
    std::size_t bytes = lists_.bucket_count() * (sizeof(std::pair<std::uint32_t, List>) + 1);
    for (const auto& [trigram, list] : lists_)
        bytes += list.distances.capacity();
    return bytes;
}

TrigramIndex::Candidates::Candidates(const TrigramIndex& index, std::string_view text)
    : changed_(index.changed_.begin(), index.changed_.end()) {
    for (std::size_t i = 0; i + kTrigramBytes <= text.size(); ++i)
        readers_.push_back({trigram_at(text, i)});
    const auto length = [&](const Reader& reader) {
        const List* list = index.list(reader.trigram);
        return list == nullptr ? 0 : list->count;
    };
    std::sort(readers_.begin(), readers_.end(), [&](const Reader& a, const Reader& b) {
        return std::pair(length(a), a.trigram) < std::pair(length(b), b.trigram);
    });
    const auto last =
        std::unique(readers_.begin(), readers_.end(),
                    [](const Reader& a, const Reader& b) { return a.trigram == b.trigram; });
    readers_.erase(last, readers_.end());
    const std::size_t most = length(readers_.front()) * kMaxLengthRatio;
    while (readers_.size() > 1 && (readers_.size() > kMaxLists || length(readers_.back()) > most))
        readers_.pop_back();
}

bool TrigramIndex::Candidates::advance(const TrigramIndex& index, Reader& reader) {
    const List* list = index.list(reader.trigram);
    if (list == nullptr || reader.offset == list->distances.size()) return false;
    std::uint64_t distance = 0;
    int shift = 0;
    for (;; shift += 7) {
        const std::uint8_t byte = list->distances[reader.offset++];
        distance |= std::uint64_t{byte & 0x7fU} << shift;
        if (byte < 0x80) break;
    }
    reader.id += distance;
    return true;
}

bool TrigramIndex::Candidates::is_in_others(const TrigramIndex& index, UserId id) {
    for (std::size_t i = 1; i < readers_.size(); ++i) {
        while (readers_[i].id < id)
            if (!advance(index, readers_[i])) return false;
        if (readers_[i].id != id) return false;
    }
    return true;
}

bool TrigramIndex::Candidates::next(const TrigramIndex& index, std::size_t most,
                                    std::vector<UserId>& ids) {
    for (; most > 0 && changed_given_ < changed_.size(); --most)
        ids.push_back(changed_[changed_given_++]);
    for (; most > 0; --most) {
        if (!advance(index, readers_.front())) return false;
        const UserId id = readers_.front().id;
        if (std::binary_search(changed_.begin(), changed_.end(), id)) continue;
        if (is_in_others(index, id)) ids.push_back(id);
    }
    return true;
}

}  // namespace roster::storage
