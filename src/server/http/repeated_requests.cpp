#include "server/http/repeated_requests.hpp"

#include "core/sha256.hpp"

#include <utility>

namespace roster::server {
namespace {

constexpr std::size_t kMostAnswers = 10'000;
constexpr std::size_t kMostBytes = 8 * 1024 * 1024;
constexpr std::chrono::hours kKept{24};

RepeatedRequests::Digest digest_of(std::uint64_t asker, std::string_view key) {
    return sha256(std::to_string(asker) + ' ' + std::string(key));
}

}  // namespace

RepeatedRequests::Found RepeatedRequests::begin(std::uint64_t asker, std::string_view key,
                                                std::string_view body, Clock::time_point now) {
    const Digest id = digest_of(asker, key);
    const Digest content = sha256(body);
    const std::lock_guard lock(mutex_);
    drop_old(now);
    const auto found = by_key_.find(id);
    if (found == by_key_.end()) {
        entries_.push_back(Entry{id, content, now, std::nullopt, 0});
        by_key_.emplace(id, std::prev(entries_.end()));
        return {};
    }
    const Entry& entry = *found->second;
    if (entry.body != content) return {State::other_body, {}};
    if (!entry.answer) return {State::running, {}};
    return {State::answered, *entry.answer};
}

RepeatedRequests::Turn::Turn(RepeatedRequests& requests, std::uint64_t asker, std::string_view key)
    : requests_(requests), key_(digest_of(asker, key)) {}

void RepeatedRequests::end(const Digest& key, const Response* answer) {
    const std::lock_guard lock(mutex_);
    const auto found = by_key_.find(key);
    if (found == by_key_.end()) return;
    Entry& entry = *found->second;
    if (entry.answer) return;
    if (answer == nullptr) return erase(found->second);
    entry.answer = *answer;
    entry.bytes = answer->body.size() + answer->header_lines().size();
    bytes_ += entry.bytes;
}

void RepeatedRequests::drop_old(Clock::time_point now) {
    while (!entries_.empty() && (now - entries_.front().begun_at >= kKept ||
                                 entries_.size() > kMostAnswers || bytes_ > kMostBytes))
        erase(entries_.begin());
}

void RepeatedRequests::erase(Entries::iterator entry) {
    bytes_ -= entry->bytes;
    by_key_.erase(entry->key);
    entries_.erase(entry);
}

}  // namespace roster::server
