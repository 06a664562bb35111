#include "accounts/sessions.hpp"

#include "accounts/wait_for.hpp"
#include "core/sha256.hpp"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <utility>

namespace roster::accounts {
namespace {

namespace asio = boost::asio;
using std::chrono::seconds;

constexpr std::size_t kPage = 1000;
constexpr std::string_view kTokenPrefix = "rst_";
// Of tokens from before the other one.
constexpr std::string_view kOldTokenPrefix = "roster_";
constexpr std::size_t kTokenBytes = 32;
constexpr std::size_t kTokenChars = 43;

}  // namespace

Secret new_session_token() {
    std::array<unsigned char, kTokenBytes> random;
    randombytes_buf(random.data(), random.size());
    std::array<char, kTokenPrefix.size() + kTokenChars + 1> text;
    std::copy(kTokenPrefix.begin(), kTokenPrefix.end(), text.begin());
    sodium_bin2base64(text.data() + kTokenPrefix.size(), kTokenChars + 1, random.data(),
                      random.size(), sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    Secret token(std::string_view(text.data(), text.size() - 1));
    wipe(random.data(), random.size());
    wipe(text.data(), text.size());
    return token;
}

std::optional<SessionDigest> digest_of_token(std::string_view token) {
    const std::string_view prefix =
        token.starts_with(kOldTokenPrefix) ? kOldTokenPrefix : kTokenPrefix;
    if (token.size() != prefix.size() + kTokenChars || !token.starts_with(prefix))
        return std::nullopt;
    return sha256(token);
}

bool is_valid_for(const AuthState& auth_state, Revision credentials_revision,
                  std::chrono::sys_seconds created_at) noexcept {
    // A store that was restored from a backup may give an id a second time.
    return !auth_state.disabled && auth_state.credentials_revision == credentials_revision &&
           created_at >= auth_state.created_at;
}

Sessions::Sessions(Store& store, SessionRules rules, Clock clock, std::shared_ptr<Log> log)
    : store_(store),
      is_shared_(store.is_shared()),
      rules_(std::move(rules)),
      clock_(std::move(clock)),
      log_(std::move(log)),
      table_(rules_.idle) {
    if (!is_shared_) load();
}

Sessions::~Sessions() {
    maintain(seconds(0));
}

void Sessions::load() {
    SessionId after = 0;
    for (;;) {
        const auto page = wait_for(store_.list_sessions(after, kPage));
        if (!page)
            throw StartupError(Errc::store_unavailable,
                               "the sessions cannot be read: " + page.error().message());
        for (const Session& session : *page) {
            insert(session);
            after = session.id;
        }
        if (page->size() < kPage) return;
    }
}

LiveSession Sessions::live_of(const Session& session) const {
    // The clock that `use` goes by.
    const auto now = clock_.recently();
    const auto wall = clock_.wall();
    LiveSession live;
    live.id = session.id;
    live.user = session.user;
    live.kind = session.kind;
    live.parent = session.parent;
    live.credentials_revision = session.credentials_revision;
    live.created_at = session.created_at;
    // Clamped: the wall clock may say anything, and the steady one cannot hold centuries.
    live.last_seen = now - std::clamp(wall - session.last_seen_at, seconds(0), rules_.idle);
    const bool is_persons =
        session.kind == SessionKind::login || session.kind == SessionKind::forward;
    live.expires = now + std::clamp(session.expires_at - wall, seconds(0),
                                    is_persons ? rules_.lifetime : kLongest);
    return live;
}

void Sessions::insert(const Session& session) {
    if (!is_shared_) table_.insert(session.digest, live_of(session));
}

void Sessions::end_here(SessionId id) {
    if (!is_shared_) table_.end(id, clock_.now());
}

FoundSession Sessions::use(const ProvenSession& proven, SessionKinds kinds) {
    FoundSession found;
    const Session& session = proven.session;
    if (!kinds.has(session.kind)) return found;
    const auto live = find_live(session);
    found.state = live ? SessionState::live : SessionState::expired;
    if (proven.is_ended) found.state = SessionState::revoked;
    if (found.state != SessionState::live) return found;
    found.session = *live;
    const auto now = clock_.wall();
    if (now - session.last_seen_at <= rules_.write_after - kMaintainEvery) return found;
    const std::lock_guard lock(notes_mutex_);
    uses_[session.id] = now;
    if (session.parent != 0) uses_[session.parent] = now;
    return found;
}

std::optional<LiveSession> Sessions::find_live(const Session& stored) {
    const auto now = clock_.now();
    if (!is_shared_) return table_.find(stored.id, now);
    std::optional<LiveSession> live = live_of(stored);
    if (!table_.is_live(*live, now)) live.reset();
    return live;
}

asio::awaitable<result<LiveSession>> Sessions::find(SessionId id) {
    if (id == 0) co_return Errc::session_not_found;
    Session stored;
    stored.id = id;
    if (is_shared_) {
        const auto page = co_await store_.list_sessions(id - 1, 1);
        if (!page) co_return page.error();
        if (page->empty() || page->front().id != id) co_return Errc::session_not_found;
        stored = page->front();
    }
    const auto live = find_live(stored);
    if (!live) co_return Errc::session_not_found;
    co_return *live;
}

asio::awaitable<result<OpenedSession>> Sessions::open(User user, NewSession opening) {
    Secret token = new_session_token();
    Session session;
    session.user = user.id;
    session.digest = *digest_of_token(token.reveal());
    session.credentials_revision = user.credentials_revision;
    session.kind = opening.kind;
    session.parent = opening.parent;
    session.label = std::move(opening.label);
    session.address = std::move(opening.address);
    session.user_agent = std::move(opening.user_agent);
    // Where the clock was set back, a session must not look older than its user.
    session.created_at = std::max(clock_.wall(), user.created_at);
    session.last_seen_at = session.created_at;
    session.expires_at = session.created_at + opening.lifetime.value_or(rules_.lifetime);
    SessionWrite create = CreateSession(std::move(session), rules_.most_per_user);
    auto change = co_await store_.apply_session(std::move(create));
    if (!change) co_return change.error();
    for (const SessionId id : change->ended)
        end_here(id);
    insert(*change->session);
    OpenedSession opened(std::move(token), std::move(*change->session));
    co_return opened;
}

asio::awaitable<result<seconds>> Sessions::age_of_log_in(SessionId id) {
    auto session = co_await find(id);
    if (session && session->parent != 0) session = co_await find(session->parent);
    if (!session) co_return session.error();
    // A clock that is set back makes no log-in young. Clocks of two servers may differ a little.
    constexpr seconds kDifference{60};
    const seconds age = clock_.wall() - session->created_at;
    co_return age < -kDifference ? seconds::max() : std::max(age, seconds(0));
}

void Sessions::note_log_in(const User& user) {
    constexpr seconds kSoon{60};
    const auto now = clock_.wall();
    if (user.last_login_at && now >= *user.last_login_at && now - *user.last_login_at < kSoon)
        return;
    const std::lock_guard lock(notes_mutex_);
    logins_[user.id] = now;
}

asio::awaitable<result<std::vector<Session>>> Sessions::list(UserId user, AuthState auth_state) {
    auto sessions = co_await store_.sessions_of(user);
    if (!sessions) co_return sessions.error();
    std::erase_if(*sessions, [&](Session& session) { return !update(session, auth_state); });
    co_return std::move(*sessions);
}

bool Sessions::update(Session& session, const AuthState& auth_state) {
    const auto live = find_live(session);
    if (!live || !is_valid_for(auth_state, live->credentials_revision, live->created_at))
        return false;
    session.digest = {};
    session.last_seen_at = std::max(session.last_seen_at, wall_time_of(live->last_seen));
    return true;
}

asio::awaitable<result<void>> Sessions::end(SessionId id) {
    std::vector<SessionId> ids(1, id);
    auto ended = co_await end_each(std::move(ids));
    co_return ended;
}

asio::awaitable<result<void>> Sessions::end_links(UserId user) {
    const auto sessions = co_await store_.sessions_of(user);
    if (!sessions) co_return sessions.error();
    std::vector<SessionId> ids;
    for (const Session& session : *sessions)
        if (session.kind == SessionKind::password_link) ids.push_back(session.id);
    if (ids.empty()) co_return result<void>();
    auto ended = co_await end_each(std::move(ids));
    co_return ended;
}

asio::awaitable<result<void>> Sessions::end_each(std::vector<SessionId> ids) {
    // First here, so that they end even if the store fails; the caller gets that error.
    for (const SessionId id : ids)
        end_here(id);
    SessionWrite ending = EndSessions(std::move(ids));
    const auto change = co_await store_.apply_session(std::move(ending));
    if (!change) co_return change.error();
    for (const SessionId ended : change->ended)
        end_here(ended);
    co_return result<void>();
}

asio::awaitable<result<std::size_t>> Sessions::end_all(UserId user, SessionId but) {
    SessionWrite ending = EndSessionsOf(user, but);
    const auto change = co_await store_.apply_session(std::move(ending));
    if (!change) co_return change.error();
    for (const SessionId id : change->ended)
        end_here(id);
    co_return change->ended.size();
}

void Sessions::drop(const std::vector<Session>& sessions) {
    for (const Session& session : sessions)
        end_here(session.id);
}

asio::awaitable<result<void>> Sessions::renew(SessionId id, Revision credentials_revision) {
    if (!is_shared_) table_.renew(id, credentials_revision);
    SessionWrite renewal = RenewSession(id, credentials_revision);
    const auto change = co_await store_.apply_session(std::move(renewal));
    if (!change) co_return change.error();
    co_return result<void>();
}

// Rounded up: the seconds of the two clocks do not begin together, and the same list must not show
// another time a moment later.
std::chrono::sys_seconds Sessions::wall_time_of(LiveSession::Time time) const {
    return clock_.wall() - std::chrono::ceil<seconds>(clock_.now() - time);
}

void Sessions::maintain() {
    maintain(std::max(rules_.write_after - kMaintainEvery, seconds(0)));
}

void Sessions::maintain(seconds write_after) {
    Times logins;
    Times uses;
    {
        const std::lock_guard lock(notes_mutex_);
        logins.swap(logins_);
        uses.swap(uses_);
    }
    std::vector<RecordLogins::Login> logged_in;
    for (const auto& [user, at] : logins)
        logged_in.push_back({user, at});
    if (!logged_in.empty() && !write(RecordLogins(std::move(logged_in)), "the last log-ins"))
        note_again(logins, logins_);
    SessionTable::Sweep swept = table_.sweep(clock_.now(), write_after);
    // An expired session stays expired, whether this is written or not.
    if (!swept.expired.empty())
        (void)write(EndSessions(std::move(swept.expired)), "ended sessions");
    for (const LiveSession& session : swept.used)
        uses[session.id] = wall_time_of(session.last_seen);
    std::vector<TouchSessions::Seen> seen;
    for (const auto& [session, at] : uses)
        seen.push_back({session, at});
    if (!seen.empty() && !write(TouchSessions(std::move(seen)), "the last uses of sessions"))
        note_again(uses, uses_);
}

bool Sessions::write(SessionWrite write, const char* what) {
    const auto change = wait_for(store_.apply_session(std::move(write)));
    if (change) return true;
    if (log_) log_->warn("{} could not be written: {}", what, change.error().message());
    return class_of(change.error()) == ErrorClass::invalid;
}

void Sessions::note_again(const Times& unwritten, Times& notes) {
    const std::lock_guard lock(notes_mutex_);
    // What was noted meanwhile is later, and stays.
    notes.insert(unwritten.begin(), unwritten.end());
}

}  // namespace roster::accounts
