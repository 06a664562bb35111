#include "storage/postgres/presence.hpp"

#include <roster/error.hpp>

#include "core/files/file_system.hpp"
#include "storage/postgres/batch_writer.hpp"
#include "storage/postgres/schema.hpp"

#include <algorithm>
#include <utility>

namespace roster::storage::postgres {
namespace {

constexpr auto kBeatPatience = std::chrono::milliseconds(2000);
constexpr unsigned kBeatsBetweenSweeps = 60;

}  // namespace

Presence::Presence(const OpenOptions& options, Use use, std::shared_ptr<Log> log)
    : now_(options.now),
      use_(use),
      is_for_server_(options.is_for_server),
      log_(std::move(log)),
      instance_(random_name()) {}

Cluster::Tasks Presence::tasks(const DatabaseUrl& url) {
    Cluster::Tasks tasks;
    tasks.inspect = [this, url](Connection& connection) { inspect(connection, url); };
    if (use_ == Use::view) return tasks;
    tasks.beat = [this](Connection& connection) { beat(connection); };
    tasks.leave = [this](Connection& connection) { leave(connection); };
    return tasks;
}

void Presence::inspect(Connection& connection, const DatabaseUrl& url) {
    require_schema(connection, use_ == Use::serve ? IfEmpty::make : IfEmpty::refuse, now_());
    (void)connection.run(setup_of_connections(Scans::allowed), {}, kReadPatience);
    const Totals totals = read_totals(connection.run(kReadTotals, {}, kWritePatience));
    {
        const std::lock_guard lock(mutex_);
        totals_ = totals;
    }
    if (use_ == Use::view) return;
    if (!std::exchange(has_warned_, true)) warn_of_risks(connection, url);
    // So that nobody replaces the store from now on.
    beat(connection);
}

void Presence::warn_of_risks(Connection& connection, const DatabaseUrl& url) {
    if (is_for_server_ && !has_synchronous_standby(connection))
        log_->warn(
            "{}: no synchronous standby is configured: if the database server is lost, so "
            "can be acknowledged writes; set synchronous_standby_names",
            url.masked());
    if (url.has_password())
        log_->warn(
            "{}: a password in the URL can be seen by other users of this machine; use "
            "--store-password-file",
            url.masked());
}

// A commit, and what other instances wrote.
void Presence::beat(Connection& connection) {
    Params params;
    params.add(instance_ + ":beat");
    (void)connection.take_warning();
    connection.send(
        "INSERT INTO writers (instance, last_batch) VALUES ($1::text, 0) ON CONFLICT (instance) "
        "DO UPDATE SET seen_at = now()",
        params);
    connection.send("SELECT revision, users, admins FROM store WHERE is_only");
    const Rows store = connection.finish(kBeatPatience).back();
    if (connection.take_warning()) throw Lost("a commit was not replicated");
    {
        const std::lock_guard lock(mutex_);
        if (store.count(0, 0) > totals_.revision) {
            totals_.revision = store.count(0, 0);
            totals_.users = store.count(0, 1);
            totals_.admins = store.count(0, 2);
        }
    }
    if (++beats_ % kBeatsBetweenSweeps == 0) sweep(connection);
}

// Some of it at a time; another instance may do the same. For a day a session is known to have
// expired or ended.
void Presence::sweep(Connection& connection) {
    Params at;
    at.add(now_());
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
    const Totals totals = read_totals(connection.finish(kWritePatience).back());
    const std::lock_guard lock(mutex_);
    totals_ = totals;
}

// Those who want to replace the store need not wait until this instance is known to be gone.
void Presence::leave(Connection& connection) {
    Params params;
    params.add(instance_);
    (void)connection.run("DELETE FROM writers WHERE split_part(instance, ':', 1) = $1::text",
                         params, kReadPatience);
}

Totals Presence::totals() const {
    const std::lock_guard lock(mutex_);
    return totals_;
}

void Presence::note_users(Totals after, std::uint64_t ended_sessions) {
    const std::lock_guard lock(mutex_);
    after.sessions = totals_.sessions - std::min(totals_.sessions, ended_sessions);
    totals_ = std::move(after);
}

void Presence::note_sessions(std::uint64_t opened, std::uint64_t ended) {
    const std::lock_guard lock(mutex_);
    totals_.sessions += opened;
    totals_.sessions -= std::min(totals_.sessions, ended);
}

}  // namespace roster::storage::postgres
