#include "accounts/session_table.hpp"

#include <algorithm>
#include <cstring>
#include <mutex>
#include <shared_mutex>
#include <utility>

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

// Not at each use: what is not written stays in the caches of other cores.
void SessionTable::LastSeen::note(Time now, Duration step) noexcept {
    if (now - get() >= step) time_.store(now, std::memory_order_relaxed);
}

SessionTable::SessionTable(Duration idle)
    : idle_(idle), step_(std::min<Duration>(std::chrono::seconds(1), idle / 10)) {}

void SessionTable::insert(const SessionDigest& digest, const LiveSession& session) {
    Entry entry;
    entry.session = session;
    entry.last_seen = LastSeen(session.last_seen);
    entry.stored_last_seen = session.last_seen;
    entry.ended = session.last_seen;
    const std::lock_guard lock(mutex_);
    if (ended_early_.erase(session.id) != 0) entry.state = SessionState::revoked;
    entries_[digest] = entry;
    ids_[session.id] = digest;
}

FoundSession SessionTable::use(const SessionDigest& digest, Time now, SessionKinds kinds) {
    FoundSession found;
    const std::shared_lock lock(mutex_);
    const auto place = entries_.find(digest);
    if (place == entries_.end() || !kinds.has(place->second.session.kind)) return found;
    Entry& entry = place->second;
    found.state = entry.state;
    if (entry.state != SessionState::live) return found;
    if (!is_live(entry, now)) {
        found.state = SessionState::expired;
        return found;
    }
    entry.last_seen.note(now, step_);
    // A log-in is in use while only a proxy asks for it.
    Entry* const parent = entry.session.parent != 0 ? locate(entry.session.parent) : nullptr;
    if (parent != nullptr) parent->last_seen.note(now, step_);
    found.session = session_of(entry);
    return found;
}

std::optional<LiveSession> SessionTable::find(SessionId id, Time now) {
    const std::shared_lock lock(mutex_);
    const Entry* entry = locate(id);
    if (entry == nullptr || !is_live(*entry, now)) return std::nullopt;
    return session_of(*entry);
}

void SessionTable::end(SessionId id, Time now) {
    const std::lock_guard lock(mutex_);
    Entry* entry = locate(id);
    if (entry == nullptr) {
        ended_early_[id] = now;
    } else if (entry->state == SessionState::live) {
        entry->state = SessionState::revoked;
        entry->ended = now;
    }
}

void SessionTable::renew(SessionId id, Revision credentials_revision) {
    const std::lock_guard lock(mutex_);
    if (Entry* entry = locate(id)) entry->session.credentials_revision = credentials_revision;
}

SessionTable::Sweep SessionTable::sweep(Time now, Duration write_after) {
    Sweep swept;
    const auto is_forgotten = [now](Time ended) { return now - ended > kRemembered; };
    const std::lock_guard lock(mutex_);
    for (auto it = entries_.begin(); it != entries_.end();) {
        Entry& entry = it->second;
        const SessionId id = entry.session.id;
        if (entry.state != SessionState::live && is_forgotten(entry.ended)) {
            ids_.erase(id);
            entries_.erase(it++);
            continue;
        }
        if (entry.state == SessionState::live && !is_live(entry, now)) {
            entry.state = SessionState::expired;
            entry.ended = now;
            swept.expired.push_back(id);
        } else if (entry.state == SessionState::live &&
                   entry.last_seen.get() - entry.stored_last_seen > write_after) {
            entry.stored_last_seen = entry.last_seen.get();
            swept.used.push_back(session_of(entry));
        }
        ++it;
    }
    boost::unordered::erase_if(ended_early_,
                               [&](const auto& ended) { return is_forgotten(ended.second); });
    return swept;
}

bool SessionTable::is_live(const LiveSession& session, Time now) const noexcept {
    const bool is_persons =
        session.kind == SessionKind::login || session.kind == SessionKind::forward;
    return now < session.expires && (!is_persons || now - session.last_seen < idle_);
}

LiveSession SessionTable::session_of(const Entry& entry) noexcept {
    LiveSession session = entry.session;
    session.last_seen = entry.last_seen.get();
    return session;
}

bool SessionTable::is_live(const Entry& entry, Time now) const {
    const LiveSession session = session_of(entry);
    if (entry.state != SessionState::live || !is_live(session, now)) return false;
    if (session.parent == 0) return true;
    const Entry* parent = locate(session.parent);
    return parent != nullptr && parent->session.parent == 0 && is_live(*parent, now);
}

SessionTable::Entry* SessionTable::locate(SessionId id) {
    return const_cast<Entry*>(std::as_const(*this).locate(id));
}

const SessionTable::Entry* SessionTable::locate(SessionId id) const {
    const auto digest = ids_.find(id);
    if (digest == ids_.end()) return nullptr;
    const auto found = entries_.find(digest->second);
    return found == entries_.end() ? nullptr : &found->second;
}

}  // namespace roster::accounts
