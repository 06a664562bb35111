// Serves a store in a PostgreSQL cluster. docs/POSTGRES.md says what it promises, and how.

#include <roster/log.hpp>

#include "core/json/user_json.hpp"
#include "storage/postgres/batch_writer.hpp"
#include "storage/postgres/cluster.hpp"
#include "storage/postgres/lookups.hpp"
#include "storage/postgres/postgres_store.hpp"
#include "storage/postgres/prefetch.hpp"
#include "storage/postgres/presence.hpp"
#include "storage/postgres/rows.hpp"

#include <algorithm>
#include <functional>
#include <utility>

namespace roster::storage {
namespace postgres {
namespace {

// As many as AsyncStore has threads that read.
constexpr std::size_t kReaders = 4;

// If nothing took place, only what was refused by the rules keeps its answer.
template <class Answer>
std::vector<result<Answer>> answers_of(BatchWriter::Outcome outcome,
                                       std::vector<result<Answer>> answers, std::size_t count) {
    if (outcome == BatchWriter::Outcome::done) return answers;
    const Errc error =
        outcome == BatchWriter::Outcome::unknown ? Errc::outcome_unknown : Errc::store_unavailable;
    for (auto& answer : answers)
        if (answer) answer = error;
    answers.resize(count, result<Answer>(error));
    return answers;
}

class PostgresBackend final : public Backend {
  public:
    PostgresBackend(const DatabaseUrl& url, const OpenOptions& options, Use use);

    bool reads_may_block() const override { return true; }
    bool is_shared() const override { return true; }
    std::vector<LookupAnswer> look_up(std::span<const Lookup> lookups) const override;

    result<User> find(UserId id) const override {
        return look_up_one<result<User>>(Lookup(Lookup::By::id, id));
    }
    result<User> find_by_login(std::string_view login) const override {
        return look_up_one<result<User>>(Lookup(Lookup::By::login, std::string(login)));
    }
    result<AuthState> auth_state(UserId id) const override {
        return look_up_one<result<AuthState>>(Lookup(Lookup::By::auth_state, id));
    }
    result<std::vector<User>> list(UserId after, std::size_t limit) const override;
    result<UserPage> search(const UserQuery& query) const override;
    result<std::vector<Session>> sessions_of(UserId user) const override;
    result<std::vector<Session>> list_sessions(SessionId after, std::size_t limit) const override;
    result<std::vector<LimiterRecord>> limiter_records() const override;

    std::vector<result<User>> commit(std::span<const Write> batch) override;
    result<std::vector<User>> commit_all(std::span<const Write> batch) override;
    std::vector<result<SessionResult>> commit_sessions(
        std::span<const SessionWrite> batch) override;

    StoreStatus status() const override;
    std::string url() const override { return cluster_.url().masked(); }

  private:
    template <class Answer>
    Answer look_up_one(Lookup lookup) const {
        auto answers = look_up(std::span(&lookup, 1));
        if (answers.empty()) return Errc::store_unavailable;
        return std::get<Answer>(std::move(answers.front()));
    }
    template <class T, class Read>
    result<T> read(Links& links, Read read) const;
    using Decide = std::function<bool(UserTransaction&)>;
    BatchWriter::Outcome write_users(std::span<const Write> batch, const Decide& decide);

    std::function<std::chrono::sys_seconds()> now_;
    std::shared_ptr<Log> log_;
    Presence presence_;
    mutable Cluster cluster_;
    mutable Links lookups_;
    mutable Links readers_;
    BatchWriter users_;
    BatchWriter sessions_;
};

PostgresBackend::PostgresBackend(const DatabaseUrl& url, const OpenOptions& options, Use use)
    : now_(options.now),
      log_(log_or_silent(options.log)),
      presence_(options, use, log_),
      cluster_(url, presence_.tasks(url), log_),
      lookups_(cluster_, 1, setup_of_connections(Scans::avoided)),
      readers_(cluster_, kReaders, setup_of_connections(Scans::allowed)),
      users_(cluster_, presence_.instance() + ":users", log_),
      sessions_(cluster_, presence_.instance() + ":sessions", log_) {}

template <class T, class Read>
result<T> PostgresBackend::read(Links& links, Read read) const {
    try {
        return links.use(read);
    } catch (const Away&) {
        // It was logged when it went away.
    } catch (const std::exception& error) {
        log_->error("store: cannot be read: {}", error.what());
    }
    return Errc::store_unavailable;
}

std::vector<LookupAnswer> PostgresBackend::look_up(std::span<const Lookup> lookups) const {
    auto answers = read<std::vector<LookupAnswer>>(
        lookups_, [&](Connection& connection) { return answer_lookups(connection, lookups); });
    return answers ? std::move(*answers) : std::vector<LookupAnswer>();
}

result<std::vector<User>> PostgresBackend::list(UserId after, std::size_t limit) const {
    Params params;
    params.add(std::min(after, kMaxNumber)).add(limit);
    return read<std::vector<User>>(readers_, [&](Connection& connection) {
        return read_users(
            connection.run(select_users("WHERE id > $1::bigint ORDER BY id LIMIT $2::bigint"),
                           params, kWritePatience));
    });
}

result<UserPage> PostgresBackend::search(const UserQuery& query) const {
    return read<UserPage>(readers_,
                          [&](Connection& connection) { return search_users(connection, query); });
}

result<std::vector<Session>> PostgresBackend::sessions_of(UserId user) const {
    Params params;
    params.add(std::min(user, kMaxNumber));
    return read<std::vector<Session>>(readers_, [&](Connection& connection) {
        return read_sessions(connection.run(
            select_sessions("WHERE user_id = $1::bigint AND ended_at IS NULL ORDER BY id"), params,
            kReadPatience));
    });
}

result<std::vector<Session>> PostgresBackend::list_sessions(SessionId after,
                                                            std::size_t limit) const {
    Params params;
    params.add(std::min(after, kMaxNumber)).add(limit);
    return read<std::vector<Session>>(readers_, [&](Connection& connection) {
        return read_sessions(connection.run(
            select_sessions(
                "WHERE id > $1::bigint AND ended_at IS NULL ORDER BY id LIMIT $2::bigint"),
            params, kWritePatience));
    });
}

result<std::vector<LimiterRecord>> PostgresBackend::limiter_records() const {
    Params params;
    params.add(now_());
    return read<std::vector<LimiterRecord>>(readers_, [&](Connection& connection) {
        return read_limiter_records(connection.run(
            "SELECT key, state, until FROM throttle WHERE until > $1::bigint ORDER BY key", params,
            kWritePatience));
    });
}

BatchWriter::Outcome PostgresBackend::write_users(std::span<const Write> batch,
                                                  const Decide& decide) {
    Totals after;
    std::uint64_t ended_sessions = 0;
    bool has_changed = false;
    const auto outcome = users_.run([&](Connection& connection) {
        const PrefetchedUsers before(connection, batch);
        UserTransaction transaction(before, now_());
        has_changed = decide(transaction) && !transaction.changes().empty();
        if (!has_changed) return false;
        ended_sessions = 0;
        after.users = before.users();
        for (const UserChange& change : transaction.changes()) {
            if (change.is_new) ++after.users;
            if (change.after) continue;
            --after.users;
            ended_sessions += before.sessions_of(change.id);
        }
        after.revision = transaction.totals().revision;
        after.next_user_id = transaction.totals().next_id;
        after.admins = transaction.totals().admins;
        send_changes(connection, transaction.changes());
        send_totals(connection, after);
        return true;
    });
    if (outcome == BatchWriter::Outcome::done && has_changed)
        presence_.note_users(after, ended_sessions);
    return outcome;
}

std::vector<result<User>> PostgresBackend::commit(std::span<const Write> batch) {
    std::vector<result<User>> answers;
    const auto outcome = write_users(batch, [&](UserTransaction& transaction) {
        answers.clear();
        for (const Write& write : batch)
            answers.push_back(is_text(write) ? transaction.apply(write) : Errc::invalid_request);
        return true;
    });
    if (outcome != BatchWriter::Outcome::refused || batch.size() == 1)
        return answers_of(outcome, std::move(answers), batch.size());
    // One of them is to blame; the others are no reason to refuse it.
    answers.clear();
    for (std::size_t i = 0; i < batch.size(); ++i)
        answers.push_back(commit(batch.subspan(i, 1)).front());
    return answers;
}

result<std::vector<User>> PostgresBackend::commit_all(std::span<const Write> batch) {
    result<std::vector<User>> users = Errc::store_unavailable;
    const auto outcome = write_users(batch, [&](UserTransaction& transaction) {
        const bool are_texts = std::all_of(batch.begin(), batch.end(),
                                           [](const Write& write) { return is_text(write); });
        users = are_texts ? transaction.apply_all(batch) : Errc::invalid_request;
        return users.has_value();
    });
    if (outcome == BatchWriter::Outcome::done || !users) return users;
    return outcome == BatchWriter::Outcome::unknown ? Errc::outcome_unknown
                                                    : Errc::store_unavailable;
}

std::vector<result<SessionResult>> PostgresBackend::commit_sessions(
    std::span<const SessionWrite> batch) {
    std::vector<result<SessionResult>> answers;
    std::uint64_t opened = 0;
    std::uint64_t ended = 0;
    const auto put = [&](Connection& connection) {
        const PrefetchedSessions before(connection, batch);
        SessionTransaction transaction(
            before, [&](UserId user) { return before.user_exists(user); },
            before.now().value_or(now_()));
        answers.clear();
        opened = ended = 0;
        for (const SessionWrite& write : batch) {
            auto answer = is_text(write) ? transaction.apply(write) : Errc::invalid_request;
            if (answer) {
                opened += std::uint64_t{std::holds_alternative<CreateSession>(write)};
                ended += answer->ended.size();
            }
            answers.push_back(std::move(answer));
        }
        send_steps(connection, transaction.steps(), now_());
        return !transaction.steps().empty();
    };
    const auto outcome = sessions_.run(put, [batch](Connection& connection) {
        PrefetchedSessions::reserve_ids(connection, batch);
    });
    if (outcome == BatchWriter::Outcome::done) presence_.note_sessions(opened, ended);
    if (outcome != BatchWriter::Outcome::refused || batch.size() == 1)
        return answers_of(outcome, std::move(answers), batch.size());
    answers.clear();
    for (std::size_t i = 0; i < batch.size(); ++i)
        answers.push_back(commit_sessions(batch.subspan(i, 1)).front());
    return answers;
}

StoreStatus PostgresBackend::status() const {
    const Totals totals = presence_.totals();
    StoreStatus status;
    status.writable = cluster_.is_writable();
    if (!status.writable)
        status.problem = "the database cannot be reached, or takes no writes; it is tried again";
    status.users = totals.users;
    status.admins = totals.admins;
    status.sessions = totals.sessions;
    status.revision = totals.revision;
    return status;
}

}  // namespace
}  // namespace postgres

std::unique_ptr<Backend> open_postgres_backend(const std::string& path,
                                               const OpenOptions& options) {
    return std::make_unique<postgres::PostgresBackend>(postgres::DatabaseUrl(path), options,
                                                       postgres::Use::serve);
}

std::unique_ptr<StoreView> open_postgres_view(const std::string& path, const OpenOptions& options) {
    return std::make_unique<postgres::PostgresBackend>(postgres::DatabaseUrl(path), options,
                                                       postgres::Use::view);
}

}  // namespace roster::storage
