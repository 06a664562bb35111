#include "storage/postgres/batch_writer.hpp"

#include <random>
#include <thread>
#include <utility>

namespace roster::storage::postgres {
namespace {

constexpr int kMostAttempts = 8;
constexpr auto kDoubtPatience = std::chrono::seconds(5);
constexpr auto kDoubtPause = std::chrono::milliseconds(50);

constexpr const char* kNoteBatch =
    "INSERT INTO writers (instance, last_batch) VALUES ($1::text, $2::bigint) ON CONFLICT "
    "(instance) DO UPDATE SET last_batch = excluded.last_batch, seen_at = now()";
constexpr const char* kLastBatch =
    "INSERT INTO writers (instance, last_batch) VALUES ($1::text, 0) ON CONFLICT (instance) DO "
    "UPDATE SET seen_at = now() RETURNING last_batch";

void pause_before(int attempt) {
    thread_local std::minstd_rand random{std::random_device()()};
    std::uniform_int_distribution<int> wait(0, 5 * attempt);
    std::this_thread::sleep_for(std::chrono::milliseconds(wait(random)));
}

}  // namespace

std::string setup_of_connections(Scans scans) {
    const std::string avoided =
        "set_config('plan_cache_mode', 'force_generic_plan', false), "
        "set_config('enable_seqscan', 'off', false), ";
    return "SELECT set_config('roster.writer', 'on', false), set_config('jit', 'off', false), "
           "set_config('lock_timeout', '1s', false), "
           "set_config('idle_in_transaction_session_timeout', '2s', false), "
           "set_config('default_transaction_isolation', 'read committed', false), " +
           std::string(scans == Scans::avoided ? avoided : "") +
           "CASE WHEN current_setting('synchronous_commit') IN ('off', 'local') "
           "THEN set_config('synchronous_commit', 'on', false) END";
}

bool has_synchronous_standby(Connection& connection) {
    return connection
        .run("SELECT current_setting('synchronous_standby_names') <> ''", {}, kReadPatience)
        .flag(0, 0);
}

BatchWriter::BatchWriter(Cluster& cluster, std::string instance, std::shared_ptr<Log> log)
    : instance_(std::move(instance)),
      log_(std::move(log)),
      links_(cluster, 1, setup_of_connections(Scans::avoided)) {}

BatchWriter::Outcome BatchWriter::run(const Put& put, const Before& before) {
    ++batch_;
    for (int attempts = 1; attempts <= kMostAttempts; ++attempts) {
        bool is_committing = false;
        try {
            attempt(put, before, is_committing);
            return Outcome::done;
        } catch (const Away&) {
            return Outcome::unavailable;
        } catch (const Lost& error) {
            links_.drop();
            log_->warn("store: a connection that writes was lost: {}", error.what());
        } catch (const Refused& error) {
            // In a transaction that failed.
            links_.drop();
            is_committing = false;
            if (!error.is_conflict()) {
                log_->error("store: the database refuses a write: {}", error.what());
                return Outcome::refused;
            }
        } catch (...) {
            links_.drop();
            throw;
        }
        const Doubt doubt = is_committing ? resolve() : Doubt::did_not;
        if (doubt == Doubt::took_place) return Outcome::done;
        if (doubt == Doubt::unknown) return Outcome::unknown;
        pause_before(attempts);
    }
    log_->error("store: a write was tried {} times in vain", kMostAttempts);
    return Outcome::unavailable;
}

void BatchWriter::attempt(const Put& put, const Before& before, bool& is_committing) {
    Connection& connection = links_.connect(Clock::now() + kAwayPatience);
    (void)connection.take_warning();
    if (before) before(connection);
    Params params;
    params.add(instance_).add(batch_);
    connection.send("BEGIN");
    connection.send(kNoteBatch, params);
    if (!put(connection)) {
        (void)connection.run("ROLLBACK", {}, kWritePatience);
        return;
    }
    connection.send("COMMIT");
    is_committing = true;
    (void)connection.finish(kWritePatience);
    // "… committed locally, but might not have been replicated"
    if (connection.take_warning()) throw Lost("a commit was not replicated");
}

BatchWriter::Doubt BatchWriter::resolve() {
    Params params;
    params.add(instance_);
    for (const auto until = Clock::now() + kDoubtPatience; Clock::now() < until;
         std::this_thread::sleep_for(kDoubtPause)) {
        try {
            Connection& connection = links_.connect(until);
            (void)connection.take_warning();
            const Rows rows = connection.run(kLastBatch, params, until - Clock::now());
            if (connection.take_warning()) throw Lost("a commit was not replicated");
            const bool took_place = rows.count(0, 0) >= batch_;
            log_->info("store: a commit that was not answered {}",
                       took_place ? "took place" : "did not take place");
            return took_place ? Doubt::took_place : Doubt::did_not;
        } catch (const std::runtime_error&) {
            links_.drop();
        }
    }
    log_->error("store: it is not known whether a commit took place");
    return Doubt::unknown;
}

}  // namespace roster::storage::postgres
