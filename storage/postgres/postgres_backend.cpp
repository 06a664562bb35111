#include "storage/postgres/postgres_backend.hpp"

#include <roster/log.hpp>

#include "core/json/user_json.hpp"
#include "storage/postgres/batch_writer.hpp"
#include "storage/postgres/cluster.hpp"
#include "storage/postgres/lookups.hpp"
#include "storage/postgres/rows.hpp"
#include "storage/postgres/schema.hpp"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <mutex>
#include <utility>

namespace roster::storage::postgres {
namespace {

// As many as AsyncStore has threads that read.
constexpr std::size_t kReaders = 4;
constexpr auto kBeatPatience = std::chrono::milliseconds(2000);
constexpr unsigned kBeatsBetweenSweeps = 60;

// Another one in each process, and after each start.
std::string new_instance_name() {
    if (sodium_init() < 0) throw StartupError(Errc::internal, "libsodium cannot be used");
    std::array<unsigned char, 8> bytes{};
    randombytes_buf(bytes.data(), bytes.size());
    std::array<char, 2 * sizeof(bytes) + 1> text{};
    sodium_bin2hex(text.data(), text.size(), bytes.data(), bytes.size());
    return text.data();
}

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
    PostgresBackend(const std::string& path, const OpenOptions& options, Use use);

    bool reads_may_block() const override { return true; }
    bool is_shared() const override { return true; }
    std::vector<LookupAnswer> look_up(std::span<const Lookup> lookups) const override;

    result<User> find(UserId id) const override {
        return look_up_one<result<User>>(Lookup(Lookup::By::id, id));
    }
    result<User> find_by_email(std::string_view email) const override {
        return look_up_one<result<User>>(Lookup(Lookup::By::email, std::string(email)));
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
    std::string url() const override { return url_.masked(); }

  private:
    Cluster::Tasks tasks_for(Use use);
    void warn_of_risks(Connection& connection);
    void beat(Connection& connection);
    void sweep(Connection& connection);
    template <class Answer>
    Answer look_up_one(Lookup lookup) const {
        auto answers = look_up(std::span(&lookup, 1));
        return std::get<Answer>(std::move(answers.front()));
    }
    template <class T, class Read>
    result<T> read(Read read) const;
    using Decide = std::function<bool(UserTransaction&)>;
    BatchWriter::Outcome write_users(std::span<const Write> batch, const Decide& decide);
    void note(const Totals& totals);

    DatabaseUrl url_;
    std::function<std::chrono::sys_seconds()> now_;
    std::shared_ptr<Log> log_;
    std::string instance_ = new_instance_name();
    unsigned beats_ = 0;
    bool has_warned_ = false;

    mutable std::mutex totals_mutex_;
    Totals totals_;

    mutable Cluster cluster_;
    mutable Links lookups_;
    mutable Links readers_;
    BatchWriter users_;
    BatchWriter sessions_;
};

PostgresBackend::PostgresBackend(const std::string& path, const OpenOptions& options, Use use)
    : url_(path),
      now_(options.now),
      log_(log_or_silent(options.log)),
      cluster_(url_, tasks_for(use), log_),
      lookups_(cluster_, 1, setup_of_connections(Scans::avoided)),
      readers_(cluster_, kReaders, setup_of_connections(Scans::allowed)),
      users_(cluster_, instance_ + ":users", log_),
      sessions_(cluster_, instance_ + ":sessions", log_) {}

Cluster::Tasks PostgresBackend::tasks_for(Use use) {
    Cluster::Tasks tasks;
    tasks.inspect = [this, use](Connection& connection) {
        require_schema(connection, use == Use::serve ? IfEmpty::make : IfEmpty::refuse, now_());
        (void)connection.run(setup_of_connections(Scans::allowed), {}, kReadPatience);
        note(read_totals(connection.run(kReadTotals, {}, kWritePatience)));
        if (use == Use::view) return;
        warn_of_risks(connection);
        // So that nobody replaces the store from now on.
        beat(connection);
    };
    if (use == Use::serve) tasks.beat = [this](Connection& connection) { beat(connection); };
    return tasks;
}

void PostgresBackend::warn_of_risks(Connection& connection) {
    if (std::exchange(has_warned_, true)) return;
    const Rows standbys = connection.run("SELECT current_setting('synchronous_standby_names') = ''",
                                         {}, kReadPatience);
    if (standbys.flag(0, 0))
        log_->warn(
            "{}: no synchronous standby is configured: if the database server is lost, so "
            "can be acknowledged writes; set synchronous_standby_names",
            url_.masked());
    if (url_.has_password())
        log_->warn(
            "{}: a password in the URL can be seen by other users of this machine; use "
            "--store-password-file",
            url_.masked());
}

// Proves that the server can commit, and learns what other instances wrote.
void PostgresBackend::beat(Connection& connection) {
    Params params;
    params.add(instance_ + ":beat");
    (void)connection.take_warning();
    connection.send(
        "INSERT INTO writers (instance, last_batch) VALUES ($1::text, 0) ON CONFLICT (instance) "
        "DO UPDATE SET seen_at = now()",
        params);
    connection.send("SELECT revision, users, admins FROM store WHERE is_only");
    const std::vector<Rows> rows = connection.finish(kBeatPatience);
    if (connection.take_warning()) throw Lost("a commit was not replicated");
    {
        const std::lock_guard lock(totals_mutex_);
        const Rows& store = rows[1];
        if (store.count(0, 0) > totals_.revision) {
            totals_.revision = store.count(0, 0);
            totals_.users = store.count(0, 1);
            totals_.admins = store.count(0, 2);
        }
    }
    if (++beats_ % kBeatsBetweenSweeps == 0) sweep(connection);
}

// What nobody needs any more, some of it at a time; another instance may do the same. For a day a
// session is known to have expired or ended.
void PostgresBackend::sweep(Connection& connection) {
    const auto now = now_().time_since_epoch().count();
    Params at;
    at.add(now);
    connection.send(
        "DELETE FROM sessions WHERE id IN (SELECT id FROM sessions WHERE least(expires_at, "
        "ended_at) <= $1::bigint - 86400 ORDER BY id LIMIT 10000 FOR UPDATE SKIP LOCKED)",
        at);
    connection.send(
        "DELETE FROM throttle WHERE key IN (SELECT key FROM throttle WHERE until <= $1::bigint "
        "ORDER BY key LIMIT 10000 FOR UPDATE SKIP LOCKED)",
        at);
    connection.send("DELETE FROM writers WHERE seen_at < now() - interval '1 day'");
    connection.send(kReadTotals);
    note(read_totals(connection.finish(kWritePatience).back()));
}

void PostgresBackend::note(const Totals& totals) {
    const std::lock_guard lock(totals_mutex_);
    totals_ = totals;
}

template <class T, class Read>
result<T> PostgresBackend::read(Read read) const {
    try {
        return readers_.use(read);
    } catch (const Away&) {
        // It was logged when it went away.
    } catch (const std::exception& error) {
        log_->error("store: cannot be read: {}", error.what());
    }
    return Errc::store_unavailable;
}

std::vector<LookupAnswer> PostgresBackend::look_up(std::span<const Lookup> lookups) const {
    try {
        return lookups_.use(
            [&](Connection& connection) { return answer_lookups(connection, lookups); });
    } catch (const Away&) {
        // It was logged when it went away.
    } catch (const std::exception& error) {
        log_->error("store: cannot be read: {}", error.what());
    }
    std::vector<LookupAnswer> answers;
    for (const Lookup& lookup : lookups) {
        if (lookup.by == Lookup::By::auth_state)
            answers.emplace_back(result<AuthState>(Errc::store_unavailable));
        else if (lookup.by == Lookup::By::digest)
            answers.emplace_back(result<ProvenSession>(Errc::store_unavailable));
        else
            answers.emplace_back(result<User>(Errc::store_unavailable));
    }
    return answers;
}

result<std::vector<User>> PostgresBackend::list(UserId after, std::size_t limit) const {
    Params params;
    params.add(std::min(after, kMaxNumber)).add(limit);
    return read<std::vector<User>>([&](Connection& connection) {
        return read_users(
            connection.run(select_users("WHERE id > $1::bigint ORDER BY id LIMIT $2::bigint"),
                           params, kWritePatience));
    });
}

result<UserPage> PostgresBackend::search(const UserQuery& query) const {
    return read<UserPage>([&](Connection& connection) { return search_users(connection, query); });
}

result<std::vector<Session>> PostgresBackend::sessions_of(UserId user) const {
    Params params;
    params.add(std::min(user, kMaxNumber));
    return read<std::vector<Session>>([&](Connection& connection) {
        return read_sessions(connection.run(
            select_sessions("WHERE user_id = $1::bigint AND ended_at IS NULL ORDER BY id"), params,
            kReadPatience));
    });
}

result<std::vector<Session>> PostgresBackend::list_sessions(SessionId after,
                                                            std::size_t limit) const {
    Params params;
    params.add(std::min(after, kMaxNumber)).add(limit);
    return read<std::vector<Session>>([&](Connection& connection) {
        return read_sessions(connection.run(
            select_sessions(
                "WHERE id > $1::bigint AND ended_at IS NULL ORDER BY id LIMIT $2::bigint"),
            params, kWritePatience));
    });
}

result<std::vector<LimiterRecord>> PostgresBackend::limiter_records() const {
    Params params;
    params.add(now_().time_since_epoch().count());
    return read<std::vector<LimiterRecord>>([&](Connection& connection) {
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
        Params params;
        params.add(after.revision).add(after.next_user_id).add(after.users).add(after.admins);
        connection.send(
            "UPDATE store SET revision = $1::bigint, next_user_id = $2::bigint, users = "
            "$3::bigint, admins = $4::bigint WHERE is_only",
            params);
        return true;
    });
    if (outcome == BatchWriter::Outcome::done && has_changed) {
        const std::lock_guard lock(totals_mutex_);
        after.sessions = totals_.sessions - std::min(totals_.sessions, ended_sessions);
        totals_ = after;
    }
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
            before, [&](UserId user) { return before.user_exists(user); }, now_());
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
    if (outcome == BatchWriter::Outcome::done) {
        const std::lock_guard lock(totals_mutex_);
        totals_.sessions += opened;
        totals_.sessions -= std::min(totals_.sessions, ended);
    }
    if (outcome != BatchWriter::Outcome::refused || batch.size() == 1)
        return answers_of(outcome, std::move(answers), batch.size());
    answers.clear();
    for (std::size_t i = 0; i < batch.size(); ++i)
        answers.push_back(commit_sessions(batch.subspan(i, 1)).front());
    return answers;
}

StoreStatus PostgresBackend::status() const {
    const std::lock_guard lock(totals_mutex_);
    StoreStatus status;
    status.writable = cluster_.is_writable();
    if (!status.writable)
        status.problem = "the database cannot be reached, or takes no writes; it is tried again";
    status.users = totals_.users;
    status.admins = totals_.admins;
    status.sessions = totals_.sessions;
    status.revision = totals_.revision;
    return status;
}

}  // namespace

std::unique_ptr<Backend> open_backend(const std::string& path, const OpenOptions& options,
                                      Use use) {
    return std::make_unique<PostgresBackend>(path, options, use);
}

}  // namespace roster::storage::postgres
