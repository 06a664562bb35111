#include "accounts/session_table.hpp"

#include <cstring>

namespace roster::accounts {
namespace {

// For this long a client is told why its session is over.
constexpr std::chrono::hours kRemembered{24};

}  // namespace

// The digest of a random token is as good as any hash of it.
std::size_t SessionTable::DigestHash::operator()(const SessionDigest& digest) const noexcept {
    std::size_t hash = 0;
    std::memcpy(&hash, digest.data(), sizeof hash);
    return hash;
}

SessionTable::SessionTable(Duration idle) : idle_(idle) {}

void SessionTable::insert(const SessionDigest& digest, const LiveSession& session) {
    Entry entry;
    entry.session = session;
    entry.stored_last_seen = session.last_seen;
    {
        Shard& shard = shard_of(digest);
        const std::lock_guard lock(shard.mutex);
        shard.entries[digest] = entry;
    }
    bool was_ended = false;
    {
        const std::lock_guard lock(ids_mutex_);
        ids_[session.id] = digest;
        was_ended = ended_early_.erase(session.id) != 0;
    }
    if (was_ended) end(session.id, session.last_seen);
}

FoundSession SessionTable::use(const SessionDigest& digest, Time now) {
    FoundSession found;
    Shard& shard = shard_of(digest);
    const std::lock_guard lock(shard.mutex);
    const auto place = shard.entries.find(digest);
    if (place == shard.entries.end()) return found;
    Entry& entry = place->second;
    found.state = entry.state;
    if (entry.state != SessionState::live) return found;
    if (is_expired(entry.session, now)) {
        found.state = SessionState::expired;
        return found;
    }
    if (entry.session.last_seen < now) entry.session.last_seen = now;
    found.session = entry.session;
    return found;
}

std::optional<LiveSession> SessionTable::find(SessionId id, Time now) const {
    const auto digest = digest_of(id);
    if (!digest) return std::nullopt;
    const Shard& shard = shard_of(*digest);
    const std::lock_guard lock(shard.mutex);
    const auto place = shard.entries.find(*digest);
    if (place == shard.entries.end() || place->second.state != SessionState::live ||
        is_expired(place->second.session, now))
        return std::nullopt;
    return place->second.session;
}

void SessionTable::end(SessionId id, Time now) {
    std::optional<SessionDigest> digest;
    {
        const std::lock_guard lock(ids_mutex_);
        const auto found = ids_.find(id);
        if (found == ids_.end()) {
            ended_early_[id] = now;
            return;
        }
        digest = found->second;
    }
    Shard& shard = shard_of(*digest);
    const std::lock_guard lock(shard.mutex);
    const auto place = shard.entries.find(*digest);
    if (place == shard.entries.end() || place->second.state != SessionState::live) return;
    place->second.state = SessionState::revoked;
    place->second.ended = now;
}

void SessionTable::renew(SessionId id, Revision credentials_revision) {
    const auto digest = digest_of(id);
    if (!digest) return;
    Shard& shard = shard_of(*digest);
    const std::lock_guard lock(shard.mutex);
    const auto place = shard.entries.find(*digest);
    if (place != shard.entries.end())
        place->second.session.credentials_revision = credentials_revision;
}

SessionTable::Sweep SessionTable::sweep(Time now, Duration write_after) {
    Sweep swept;
    std::vector<SessionId> dropped;
    for (Shard& shard : shards_)
        sweep(shard, now, write_after, swept, dropped);
    const std::lock_guard lock(ids_mutex_);
    for (const SessionId id : dropped)
        ids_.erase(id);
    boost::unordered::erase_if(
        ended_early_, [now](const auto& entry) { return now - entry.second > kRemembered; });
    return swept;
}

void SessionTable::sweep(Shard& shard, Time now, Duration write_after, Sweep& swept,
                         std::vector<SessionId>& dropped) {
    const std::lock_guard lock(shard.mutex);
    for (auto it = shard.entries.begin(); it != shard.entries.end();) {
        Entry& entry = it->second;
        if (entry.state != SessionState::live && now - entry.ended > kRemembered) {
            dropped.push_back(entry.session.id);
            shard.entries.erase(it++);
            continue;
        }
        if (entry.state == SessionState::live && is_expired(entry.session, now)) {
            entry.state = SessionState::expired;
            entry.ended = now;
            swept.expired.push_back(entry.session.id);
        } else if (entry.state == SessionState::live &&
                   entry.session.last_seen - entry.stored_last_seen > write_after) {
            entry.stored_last_seen = entry.session.last_seen;
            swept.used.push_back(entry.session);
        }
        ++it;
    }
}

bool SessionTable::is_expired(const LiveSession& session, Time now) const noexcept {
    return now >= session.expires || now - session.last_seen >= idle_;
}

std::optional<SessionDigest> SessionTable::digest_of(SessionId id) const {
    const std::lock_guard lock(ids_mutex_);
    const auto found = ids_.find(id);
    if (found == ids_.end()) return std::nullopt;
    return found->second;
}

}  // namespace roster::accounts
