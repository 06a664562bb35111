#include "storage/memory/session_table.hpp"

#include <algorithm>
#include <iterator>
#include <mutex>
#include <shared_mutex>

namespace roster::storage {
namespace {

using ReadLock = std::shared_lock<FairSharedMutex>;
using WriteLock = std::unique_lock<FairSharedMutex>;

// A long scan releases the lock after so many sessions, so that commits do not wait long.
constexpr std::size_t kSessionsPerHold = 512;

}  // namespace

std::optional<Session> SessionIndex::find(SessionId id) const {
    const auto found = sessions_.find(id);
    if (found == sessions_.end()) return std::nullopt;
    return found->second;
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
        sessions.push_back(sessions_.at(id));
    return sessions;
}

void SessionIndex::append_sessions(SessionId after, std::size_t target,
                                   std::vector<Session>& sessions) const {
    for (auto it = sessions_.upper_bound(after); it != sessions_.end(); ++it) {
        if (sessions.size() >= target) return;
        sessions.push_back(it->second);
    }
}

std::optional<LimiterRecord> SessionIndex::limiter_record(const std::string& key) const {
    const auto found = limiter_.find(key);
    if (found == limiter_.end()) return std::nullopt;
    return found->second;
}

std::vector<LimiterRecord> SessionIndex::limiter_records(std::chrono::sys_seconds now) const {
    std::vector<LimiterRecord> records;
    for (const auto& [key, record] : limiter_)
        if (record.until > now) records.push_back(record);
    return records;
}

void SessionIndex::apply(const SessionStep& step) {
    if (const auto* opened = std::get_if<Session>(&step)) {
        erase(opened->id);
        by_user_.emplace(opened->user, opened->id);
        sessions_.insert_or_assign(opened->id, *opened);
        next_id_ = std::max(next_id_, opened->id + 1);
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
    } else if (const auto* recorded = std::get_if<RecordLogins>(&step)) {
        for (const RecordLogins::Login& login : recorded->logins) {
            auto& last = logins_[login.user];
            last = std::max(last, login.at);
        }
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
    logins_.erase(user);
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
    erase_if(logins_, [&exists](const auto& login) { return !exists(login.first); });
    return forgotten;
}

std::vector<RecordLogins::Login> SessionIndex::last_logins() const {
    std::vector<RecordLogins::Login> logins;
    logins.reserve(logins_.size());
    for (const auto& [user, at] : logins_)
        logins.push_back({user, at});
    return logins;
}

void SessionIndex::forget_expired_records(std::chrono::sys_seconds now) {
    erase_if(limiter_, [now](const auto& entry) { return entry.second.until <= now; });
}

void SessionIndex::erase(SessionId id) {
    const auto found = sessions_.find(id);
    if (found == sessions_.end()) return;
    by_user_.erase({found->second.user, id});
    sessions_.erase(found);
}

void ConcurrentSessionTable::begin_with(SessionIndex index) {
    const WriteLock lock(mutex_);
    index_ = std::move(index);
}

std::vector<Session> ConcurrentSessionTable::sessions_of(UserId user) const {
    const ReadLock lock(mutex_);
    return index_.sessions_of(user);
}

std::vector<Session> ConcurrentSessionTable::list(SessionId after, std::size_t limit) const {
    std::vector<Session> sessions;
    std::size_t target = 0;
    while (sessions.size() == target && target < limit) {
        target += std::min(limit - target, kSessionsPerHold);
        const ReadLock lock(mutex_);
        index_.append_sessions(sessions.empty() ? after : sessions.back().id, target, sessions);
    }
    return sessions;
}

std::vector<LimiterRecord> ConcurrentSessionTable::limiter_records(
    std::chrono::sys_seconds now) const {
    const ReadLock lock(mutex_);
    return index_.limiter_records(now);
}

std::vector<RecordLogins::Login> ConcurrentSessionTable::last_logins() const {
    const ReadLock lock(mutex_);
    return index_.last_logins();
}

std::uint64_t ConcurrentSessionTable::size() const {
    const ReadLock lock(mutex_);
    return index_.size();
}

SessionId ConcurrentSessionTable::next_id() const {
    const ReadLock lock(mutex_);
    return index_.next_id();
}

DecidedSessions ConcurrentSessionTable::decide(std::span<const SessionWrite> writes,
                                               const SessionTransaction::UserExists& user_exists,
                                               std::chrono::sys_seconds now) const {
    const ReadLock lock(mutex_);
    SessionTransaction batch(index_, user_exists, now);
    DecidedSessions decided;
    decided.answers.reserve(writes.size());
    for (const SessionWrite& write : writes)
        decided.answers.push_back(batch.apply(write));
    decided.steps = batch.take_steps();
    return decided;
}

std::vector<SessionId> ConcurrentSessionTable::publish(
    const std::vector<SessionStep>& steps, const SessionTransaction::UserExists& user_exists) {
    {
        const WriteLock lock(mutex_);
        for (const SessionStep& step : steps)
            index_.apply(step);
    }
    std::vector<SessionId> forgotten;
    for (const SessionStep& step : steps) {
        const auto* opened = std::get_if<Session>(&step);
        if (opened == nullptr || user_exists(opened->user)) continue;
        const std::vector<SessionId> ids = forget_user(opened->user);
        forgotten.insert(forgotten.end(), ids.begin(), ids.end());
    }
    return forgotten;
}

std::vector<SessionId> ConcurrentSessionTable::forget_user(UserId user) {
    const WriteLock lock(mutex_);
    return index_.forget_user(user);
}

void ConcurrentSessionTable::forget_expired(std::chrono::sys_seconds now) {
    std::vector<Session> sessions;
    SessionId after = 0;
    do {
        sessions = list(after, kSessionsPerHold);
        std::vector<SessionId> expired;
        for (const Session& session : sessions) {
            after = session.id;
            if (session.expires_at <= now) expired.push_back(session.id);
        }
        if (expired.empty()) continue;
        const WriteLock lock(mutex_);
        index_.apply(EndSessions(std::move(expired)));
    } while (!sessions.empty());
    const WriteLock lock(mutex_);
    index_.forget_expired_records(now);
}

}  // namespace roster::storage
