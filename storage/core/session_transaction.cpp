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
    return session.user > 0 && session.user <= kMaxNumber &&
           session.credentials_revision <= kMaxNumber && is_storable_text(session.label) &&
           is_storable_text(session.address) && is_storable_text(session.user_agent) &&
           is_storable_time(session.created_at) && is_storable_time(session.last_seen_at) &&
           is_storable_time(session.expires_at);
}

bool is_storable(const LimiterRecord& record) noexcept {
    return is_storable_text(record.key) && is_storable_text(record.state) &&
           is_storable_time(record.until);
}

SessionTransaction::SessionTransaction(const SessionLookup& lookup, UserExists user_exists)
    : lookup_(lookup), user_exists_(std::move(user_exists)), next_id_(lookup.next_id()) {}

result<SessionResult> SessionTransaction::apply(const SessionWrite& write) {
    if (const auto* opened = std::get_if<CreateSession>(&write)) return create(*opened);
    if (const auto* touched = std::get_if<TouchSessions>(&write)) return touch(*touched);
    if (const auto* renewed = std::get_if<RenewSession>(&write)) return renew(*renewed);
    if (const auto* ended = std::get_if<EndSessions>(&write)) return end(ended->ids);
    if (const auto* all = std::get_if<EndSessionsOf>(&write)) return end_all_of(*all);
    return save(std::get<SaveLimiterRecords>(write));
}

result<SessionResult> SessionTransaction::create(const CreateSession& write) {
    if (!is_storable(write.session)) return Errc::invalid_request;
    if (!user_exists_(write.session.user)) return Errc::user_not_found;
    if (next_id_ >= kMaxNumber) return Errc::store_unavailable;
    SessionResult change;
    const std::size_t most = std::max<std::size_t>(write.most_per_user, 1);
    change.ended = end_oldest(write.session.user, most - 1);
    Session opened = write.session;
    opened.id = next_id_++;
    session(opened.id) = opened;
    ids_of(opened.user).push_back(opened.id);
    steps_.emplace_back(opened);
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
    std::erase_if(ids, [this](SessionId id) { return !end_one(id); });
    SessionResult change;
    change.ended = std::move(ids);
    if (!change.ended.empty()) steps_.emplace_back(EndSessions(change.ended));
    return change;
}

result<SessionResult> SessionTransaction::end_all_of(const EndSessionsOf& write) {
    std::vector<SessionId> ids = ids_of(write.user);
    std::erase(ids, write.but);
    return end(std::move(ids));
}

result<SessionResult> SessionTransaction::save(const SaveLimiterRecords& write) {
    const auto fits = [](const LimiterRecord& record) { return is_storable(record); };
    if (!std::all_of(write.records.begin(), write.records.end(), fits))
        return Errc::invalid_request;
    for (const LimiterRecord& record : write.records) {
        const bool forgets = record.state.empty();
        if (forgets && !knows_limiter_key(record.key)) continue;
        limiter_keys_[record.key] = !forgets;
        steps_.emplace_back(record);
    }
    return SessionResult();
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

std::vector<SessionId> SessionTransaction::end_oldest(UserId user, std::size_t to_stay) {
    std::vector<SessionId> ids = ids_of(user);
    if (ids.size() <= to_stay) return {};
    const auto age = [this](SessionId id) { return std::tuple(session(id)->created_at, id); };
    std::sort(ids.begin(), ids.end(), [&age](SessionId a, SessionId b) { return age(a) < age(b); });
    ids.resize(ids.size() - to_stay);
    for (const SessionId id : ids)
        (void)end_one(id);
    steps_.emplace_back(EndSessions(ids));
    return ids;
}

bool SessionTransaction::end_one(SessionId id) {
    auto& known = session(id);
    if (!known) return false;
    std::erase(ids_of(known->user), id);
    known.reset();
    return true;
}

bool SessionTransaction::knows_limiter_key(const std::string& key) const {
    const auto staged = limiter_keys_.find(key);
    if (staged != limiter_keys_.end()) return staged->second;
    return lookup_.knows_limiter_key(key);
}

}  // namespace roster::storage
