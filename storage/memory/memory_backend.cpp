#include "storage/memory/memory_backend.hpp"

#include "storage/memory/concurrent_user_table.hpp"
#include "storage/memory/session_table.hpp"

#include <utility>

namespace roster::storage {
namespace {

class MemoryBackend final : public Backend {
  public:
    MemoryBackend(std::string url, std::function<std::chrono::sys_seconds()> now, UserIndex users,
                  SessionIndex sessions)
        : url_(std::move(url)), now_(std::move(now)), users_(std::move(users)) {
        sessions_.begin_with(std::move(sessions));
    }

    result<User> find(UserId id) const override { return users_.find(id); }
    result<User> find_by_login(std::string_view login) const override {
        return users_.find_by_login(login);
    }
    result<std::vector<User>> list(UserId after, std::size_t limit) const override {
        return users_.list(after, limit);
    }
    result<UserPage> search(const UserQuery& query) const override { return users_.search(query); }
    result<AuthState> auth_state(UserId id) const override { return users_.auth_state(id); }
    result<AuthState> auth_state_now(UserId id, User& user) const override {
        return users_.auth_state_now(id, user);
    }
    result<std::vector<Session>> sessions_of(UserId user) const override {
        return sessions_.sessions_of(user);
    }
    result<std::vector<Session>> list_sessions(SessionId after, std::size_t limit) const override {
        return sessions_.list(after, limit);
    }
    result<std::vector<LimiterRecord>> limiter_records() const override {
        return sessions_.limiter_records(now_());
    }

    std::vector<result<User>> commit(std::span<const Write> writes) override {
        UserTransaction batch(users_.index(), now_());
        std::vector<result<User>> answers;
        answers.reserve(writes.size());
        for (const Write& write : writes)
            answers.push_back(batch.apply(write));
        publish(batch);
        return answers;
    }

    result<std::vector<User>> commit_all(std::span<const Write> writes) override {
        UserTransaction batch(users_.index(), now_());
        auto users = batch.apply_all(writes);
        if (users) publish(batch);
        return users;
    }

    std::vector<result<SessionResult>> commit_sessions(
        std::span<const SessionWrite> writes) override {
        const auto user_exists = [this](UserId id) { return users_.contains(id); };
        DecidedSessions decided = sessions_.decide(writes, user_exists, now_());
        (void)sessions_.publish(decided.steps, user_exists);
        users_.record_logins(logins_of(writes, decided.answers));
        return std::move(decided.answers);
    }

    StoreStatus status() const override {
        StoreStatus status = users_.status();
        status.sessions = sessions_.size();
        return status;
    }
    std::string url() const override { return url_; }

  private:
    void publish(const UserTransaction& batch) {
        users_.change([&batch](UserIndex& users) { apply_changes(batch, users); });
        for (const UserChange& change : batch.changes())
            if (!change.after) (void)sessions_.forget_user(change.id);
    }

    std::string url_;
    std::function<std::chrono::sys_seconds()> now_;
    ConcurrentUserTable users_;
    ConcurrentSessionTable sessions_;
};

}  // namespace

std::unique_ptr<Backend> make_memory_backend(std::function<std::chrono::sys_seconds()> now) {
    return std::make_unique<MemoryBackend>("memory:", std::move(now), UserIndex(), SessionIndex());
}

std::unique_ptr<StoreView> load_view(StoreReader& reader, std::string url,
                                     std::function<std::chrono::sys_seconds()> now) {
    UserIndex users;
    reader.users([&](const User& user, std::string_view) { users.insert(to_record(user)); });
    users.revision = reader.totals().revision;
    users.next_id = reader.totals().next_user_id;
    SessionIndex sessions;
    reader.sessions([&](const Session& session) { sessions.apply(session); });
    reader.limiter_records([&](const LimiterRecord& record) { sessions.apply(record); });
    return std::make_unique<MemoryBackend>(std::move(url), std::move(now), std::move(users),
                                           std::move(sessions));
}

}  // namespace roster::storage
