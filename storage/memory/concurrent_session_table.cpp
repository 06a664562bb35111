#include "storage/memory/concurrent_session_table.hpp"

#include <algorithm>
#include <mutex>
#include <shared_mutex>

namespace roster::storage {
namespace {

using ReadLock = std::shared_lock<FairSharedMutex>;
using WriteLock = std::unique_lock<FairSharedMutex>;

}  // namespace

void ConcurrentSessionTable::begin_with(SessionIndex index) {
    const WriteLock lock(mutex_);
    index_ = std::move(index);
}

std::vector<Session> ConcurrentSessionTable::sessions_of(UserId user) const {
    const ReadLock lock(mutex_);
    return index_.sessions_of(user);
}

// A long list is gathered in short holds of the lock: commits come between two of them.
std::vector<Session> ConcurrentSessionTable::list(SessionId after, std::size_t limit) const {
    constexpr std::size_t kSessionsPerHold = 512;
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

std::uint64_t ConcurrentSessionTable::size() const {
    const ReadLock lock(mutex_);
    return index_.size();
}

SessionId ConcurrentSessionTable::next_id() const {
    const ReadLock lock(mutex_);
    return index_.next_id();
}

DecidedSessions ConcurrentSessionTable::decide(
    std::span<const SessionWrite> writes, const SessionTransaction::UserExists& user_exists) const {
    const ReadLock lock(mutex_);
    SessionTransaction batch(index_, user_exists);
    DecidedSessions decided;
    decided.answers.reserve(writes.size());
    for (const SessionWrite& write : writes)
        decided.answers.push_back(batch.apply(write));
    decided.steps = batch.take_steps();
    return decided;
}

std::vector<SessionId> ConcurrentSessionTable::publish(
    const std::vector<AccessStep>& steps, const SessionTransaction::UserExists& user_exists) {
    {
        const WriteLock lock(mutex_);
        for (const AccessStep& step : steps)
            index_.apply(step);
    }
    std::vector<SessionId> forgotten;
    for (const AccessStep& step : steps) {
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
    constexpr std::size_t kSessionsPerHold = 512;
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
    index_.forget_expired_throttle(now);
}

}  // namespace roster::storage
