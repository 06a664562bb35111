#include "storage/memory/session_index.hpp"

#include <algorithm>
#include <cstring>
#include <iterator>

namespace roster::storage {

std::optional<Session> SessionIndex::find(SessionId id) const {
    const auto found = sessions_.find(id);
    if (found == sessions_.end()) return std::nullopt;
    return to_session(id, found->second);
}

std::vector<SessionId> SessionIndex::ids_of(UserId user) const {
    std::vector<SessionId> ids;
    for (auto it = by_user_.lower_bound({user, 0}); it != by_user_.end() && it->first == user; ++it)
        ids.push_back(it->second);
    return ids;
}

std::vector<Session> SessionIndex::sessions_of(UserId user) const {
    std::vector<Session> sessions;
    for (const SessionId id : ids_of(user))
        sessions.push_back(to_session(id, sessions_.at(id)));
    return sessions;
}

void SessionIndex::append_sessions(SessionId after, std::size_t target,
                                   std::vector<Session>& sessions) const {
    for (auto it = sessions_.upper_bound(after); it != sessions_.end(); ++it) {
        if (sessions.size() >= target) return;
        sessions.push_back(to_session(it->first, it->second));
    }
}

const LimiterRecord* SessionIndex::throttle_record(const std::string& key) const noexcept {
    const auto found = limiter_.find(key);
    return found == limiter_.end() ? nullptr : &found->second;
}

bool SessionIndex::knows_throttle_key(const std::string& key) const {
    return throttle_record(key) != nullptr;
}

std::vector<LimiterRecord> SessionIndex::limiter_records(std::chrono::sys_seconds now) const {
    std::vector<LimiterRecord> records;
    for (const auto& [key, record] : limiter_)
        if (record.until > now) records.push_back(record);
    return records;
}

void SessionIndex::apply(const AccessStep& step) {
    if (const auto* opened = std::get_if<Session>(&step)) {
        put(*opened);
    } else if (const auto* touched = std::get_if<TouchSessions>(&step)) {
        for (const TouchSessions::Seen& seen : touched->seen) {
            const auto found = sessions_.find(seen.id);
            if (found != sessions_.end()) found->second.last_seen_at = seen.at;
        }
    } else if (const auto* renewed = std::get_if<RenewSession>(&step)) {
        const auto found = sessions_.find(renewed->id);
        if (found != sessions_.end())
            found->second.credentials_revision = renewed->credentials_revision;
    } else if (const auto* ended = std::get_if<EndSessions>(&step)) {
        for (const SessionId id : ended->ids)
            erase(id);
    } else if (const auto* record = std::get_if<LimiterRecord>(&step)) {
        if (record->state.empty())
            limiter_.erase(record->key);
        else
            limiter_.insert_or_assign(record->key, *record);
    } else {
        next_id_ = std::max(next_id_, std::get<NextSession>(step).id);
    }
}

std::vector<SessionId> SessionIndex::forget_user(UserId user) {
    std::vector<SessionId> ids = ids_of(user);
    for (const SessionId id : ids)
        erase(id);
    return ids;
}

std::vector<SessionId> SessionIndex::forget_users_unless(
    const std::function<bool(UserId)>& exists) {
    std::vector<SessionId> forgotten;
    for (auto it = by_user_.begin(); it != by_user_.end();) {
        const UserId user = it->first;
        it = by_user_.lower_bound({user + 1, 0});
        if (exists(user)) continue;
        const std::vector<SessionId> ids = forget_user(user);
        forgotten.insert(forgotten.end(), ids.begin(), ids.end());
    }
    return forgotten;
}

void SessionIndex::forget_expired(std::chrono::sys_seconds now) {
    for (auto it = sessions_.begin(); it != sessions_.end();)
        it = it->second.expires_at <= now ? erase(it) : std::next(it);
    forget_expired_throttle(now);
}

void SessionIndex::forget_expired_throttle(std::chrono::sys_seconds now) {
    erase_if(limiter_, [now](const auto& entry) { return entry.second.until <= now; });
}

void SessionIndex::put(const Session& session) {
    erase(session.id);
    by_user_.emplace(session.user, session.id);
    sessions_.insert_or_assign(session.id, to_entry(session));
    next_id_ = std::max(next_id_, session.id + 1);
}

void SessionIndex::erase(SessionId id) {
    const auto found = sessions_.find(id);
    if (found != sessions_.end()) erase(found);
}

SessionIndex::Sessions::iterator SessionIndex::erase(Sessions::iterator session) {
    by_user_.erase({session->second.user, session->first});
    return sessions_.erase(session);
}

SessionIndex::Entry SessionIndex::to_entry(const Session& session) {
    Entry entry;
    entry.user = session.user;
    entry.digest = session.digest;
    entry.credentials_revision = session.credentials_revision;
    entry.created_at = session.created_at;
    entry.last_seen_at = session.last_seen_at;
    entry.expires_at = session.expires_at;
    const std::string texts = session.label + session.address + session.user_agent;
    entry.texts = std::make_unique<char[]>(texts.size());
    std::memcpy(entry.texts.get(), texts.data(), texts.size());
    entry.label_bytes = static_cast<std::uint16_t>(session.label.size());
    entry.address_bytes = static_cast<std::uint16_t>(session.address.size());
    entry.user_agent_bytes = static_cast<std::uint16_t>(session.user_agent.size());
    return entry;
}

Session SessionIndex::to_session(SessionId id, const Entry& entry) {
    Session session;
    session.id = id;
    session.user = entry.user;
    session.digest = entry.digest;
    session.credentials_revision = entry.credentials_revision;
    session.created_at = entry.created_at;
    session.last_seen_at = entry.last_seen_at;
    session.expires_at = entry.expires_at;
    const char* text = entry.texts.get();
    session.label.assign(text, entry.label_bytes);
    text += entry.label_bytes;
    session.address.assign(text, entry.address_bytes);
    text += entry.address_bytes;
    session.user_agent.assign(text, entry.user_agent_bytes);
    return session;
}

}  // namespace roster::storage
