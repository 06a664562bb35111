#include "storage/core/session_transaction.hpp"

#include "core/json/user_json.hpp"
#include "core/text.hpp"

#include <algorithm>
#include <string_view>
#include <tuple>
#include <utility>

namespace roster::storage {
namespace {

constexpr std::size_t kMaxTextBytes = 16 * 1024;

bool is_storable_text(std::string_view text) noexcept {
    return text.size() <= kMaxTextBytes && count_code_points(text).has_value();
}

}  // namespace

bool is_storable(const Session& session) noexcept {
    return session.user > 0 && session.user <= kMaxNumber && session.parent <= kMaxNumber &&
           session.credentials_revision <= kMaxNumber && is_storable_text(session.label) &&
           is_storable_text(session.address) && is_storable_text(session.user_agent) &&
           is_storable_time(session.created_at) && is_storable_time(session.last_seen_at) &&
           is_storable_time(session.expires_at);
}

bool is_storable(const LimiterRecord& record) noexcept {
    return is_storable_text(record.key) && is_storable_text(record.state) &&
           is_storable_time(record.until);
}

std::vector<RecordLogins::Login> logins_of(std::span<const SessionWrite> writes,
                                           std::span<const result<SessionResult>> answers) {
    std::vector<RecordLogins::Login> logins;
    for (std::size_t i = 0; i < writes.size(); ++i) {
        if (!answers[i]) continue;
        const auto* opened = std::get_if<CreateSession>(&writes[i]);
        if (opened != nullptr && opened->session.kind == SessionKind::login)
            logins.push_back({opened->session.user, opened->session.created_at});
        if (const auto* recorded = std::get_if<RecordLogins>(&writes[i]))
            logins.insert(logins.end(), recorded->logins.begin(), recorded->logins.end());
    }
    return logins;
}

SessionTransaction::SessionTransaction(const SessionLookup& lookup, UserExists user_exists,
                                       Time now)
    : lookup_(lookup),
      user_exists_(std::move(user_exists)),
      now_(now),
      next_id_(lookup.next_id()) {}

result<SessionResult> SessionTransaction::apply(const SessionWrite& write) {
    if (const auto* opened = std::get_if<CreateSession>(&write)) return create(*opened);
    if (const auto* touched = std::get_if<TouchSessions>(&write)) return touch(*touched);
    if (const auto* renewed = std::get_if<RenewSession>(&write)) return renew(*renewed);
    if (const auto* ended = std::get_if<EndSessions>(&write)) return end(ended->ids);
    if (const auto* all = std::get_if<EndSessionsOf>(&write)) return end_all_of(*all);
    if (const auto* logins = std::get_if<RecordLogins>(&write)) return record(*logins);
    if (const auto* limits = std::get_if<DecideLimits>(&write)) return decide(*limits);
    return save(std::get<SaveLimiterRecords>(write).records);
}

result<SessionResult> SessionTransaction::create(const CreateSession& write) {
    if (!is_storable(write.session)) return Errc::invalid_request;
    if (!user_exists_(write.session.user)) return Errc::user_not_found;
    Session opened = write.session;
    if (opened.parent != 0) {
        const auto& parent = session(opened.parent);
        const bool is_own = parent && parent->user == write.session.user;
        if (!is_own || parent->kind != SessionKind::login) return Errc::session_not_found;
        opened.expires_at = std::min(opened.expires_at, parent->expires_at);
    }
    if (next_id_ >= kMaxNumber) return Errc::store_unavailable;
    SessionResult change;
    const std::size_t most = std::max<std::size_t>(write.most_per_user, 1);
    change.ended = end_oldest(write.session.user, write.session.kind, most - 1);
    opened.id = next_id_++;
    session(opened.id) = opened;
    ids_of(opened.user).push_back(opened.id);
    steps_.emplace_back(opened);
    if (opened.kind == SessionKind::login) {
        std::vector<RecordLogins::Login> login(1, {opened.user, opened.created_at});
        steps_.emplace_back(RecordLogins(std::move(login)));
    }
    change.session = std::move(opened);
    return change;
}

result<SessionResult> SessionTransaction::touch(const TouchSessions& write) {
    std::vector<TouchSessions::Seen> later;
    for (const TouchSessions::Seen& seen : write.seen) {
        auto& known = session(seen.id);
        if (!known || seen.at <= known->last_seen_at || !is_storable_time(seen.at)) continue;
        known->last_seen_at = seen.at;
        later.push_back(seen);
    }
    if (!later.empty()) steps_.emplace_back(TouchSessions(std::move(later)));
    return SessionResult();
}

result<SessionResult> SessionTransaction::renew(const RenewSession& write) {
    if (write.credentials_revision > kMaxNumber) return Errc::invalid_request;
    auto& known = session(write.id);
    if (!known) return Errc::session_not_found;
    if (known->credentials_revision != write.credentials_revision) steps_.emplace_back(write);
    known->credentials_revision = write.credentials_revision;
    SessionResult change;
    change.session = known;
    return change;
}

result<SessionResult> SessionTransaction::end(std::vector<SessionId> ids) {
    SessionResult change;
    for (const SessionId id : ids)
        end_one(id, change.ended);
    std::sort(change.ended.begin(), change.ended.end());
    if (!change.ended.empty()) steps_.emplace_back(EndSessions(change.ended));
    return change;
}

result<SessionResult> SessionTransaction::end_all_of(const EndSessionsOf& write) {
    std::vector<SessionId> ids = ids_of(write.user);
    std::erase(ids, write.but);
    return end(std::move(ids));
}

result<SessionResult> SessionTransaction::record(const RecordLogins& write) {
    const auto is_storable_login = [](const auto& login) { return is_storable_time(login.at); };
    if (!std::all_of(write.logins.begin(), write.logins.end(), is_storable_login))
        return Errc::invalid_request;
    std::vector<RecordLogins::Login> logins = write.logins;
    std::erase_if(logins, [this](const auto& login) { return !user_exists_(login.user); });
    if (!logins.empty()) steps_.emplace_back(RecordLogins(std::move(logins)));
    return SessionResult();
}

result<SessionResult> SessionTransaction::save(const std::vector<LimiterRecord>& records) {
    const auto fits = [](const LimiterRecord& record) { return is_storable(record); };
    if (!std::all_of(records.begin(), records.end(), fits)) return Errc::invalid_request;
    for (const LimiterRecord& record : records) {
        const bool forgets = record.state.empty();
        auto& known = limiter_record(record.key);
        if (forgets && !known) continue;
        known.reset();
        if (!forgets) known = record;
        steps_.emplace_back(record);
    }
    return SessionResult();
}

result<SessionResult> SessionTransaction::decide(const DecideLimits& write) {
    std::vector<LimiterRecord> current;
    for (const std::string& key : write.keys)
        if (const auto& known = limiter_record(key)) current.push_back(*known);
    return save(write.decide(current, now_));
}

std::optional<Session>& SessionTransaction::session(SessionId id) {
    const auto staged = sessions_.find(id);
    if (staged != sessions_.end()) return staged->second;
    return sessions_.emplace(id, lookup_.find(id)).first->second;
}

std::vector<SessionId>& SessionTransaction::ids_of(UserId user) {
    const auto staged = by_user_.find(user);
    if (staged != by_user_.end()) return staged->second;
    // What was ended or opened before has staged its user already.
    return by_user_.emplace(user, lookup_.ids_of(user)).first->second;
}

std::optional<LimiterRecord>& SessionTransaction::limiter_record(const std::string& key) {
    const auto staged = limiter_.find(key);
    if (staged != limiter_.end()) return staged->second;
    return limiter_.emplace(key, lookup_.limiter_record(key)).first->second;
}

std::vector<SessionId> SessionTransaction::end_oldest(UserId user, SessionKind kind,
                                                      std::size_t to_stay) {
    std::vector<SessionId> ids = ids_of(user);
    std::erase_if(ids, [&](SessionId id) { return session(id)->kind != kind; });
    if (ids.size() <= to_stay) return {};
    const auto age = [this](SessionId id) { return std::tuple(session(id)->created_at, id); };
    std::sort(ids.begin(), ids.end(), [&age](SessionId a, SessionId b) { return age(a) < age(b); });
    ids.resize(ids.size() - to_stay);
    return end(std::move(ids))->ended;
}

// A log-in takes those with it that were opened for it.
void SessionTransaction::end_one(SessionId id, std::vector<SessionId>& ended) {
    const std::optional<Session> known = std::exchange(session(id), std::nullopt);
    if (!known) return;
    std::erase(ids_of(known->user), id);
    ended.push_back(id);
    if (known->kind != SessionKind::login) return;
    for (const SessionId other : std::vector(ids_of(known->user)))
        if (session(other)->parent == id) end_one(other, ended);
}

}  // namespace roster::storage
