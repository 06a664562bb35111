#include "storage/postgres/cluster.hpp"

#include <roster/error.hpp>

#include <algorithm>
#include <exception>
#include <utility>
#include <vector>

namespace roster::storage::postgres {
namespace {

constexpr auto kSearchPatience = std::chrono::milliseconds(500);
constexpr auto kSearchPause = std::chrono::milliseconds(100);
constexpr auto kBeatPause = std::chrono::milliseconds(1000);
constexpr auto kRetryPause = std::chrono::milliseconds(20);
constexpr int kOldestVersion = 140000;

// 0 of a standby. The name of a log file begins with its timeline, and needs no privilege.
constexpr const char* kTimeline =
    "SELECT CASE WHEN pg_is_in_recovery() THEN 0 ELSE "
    "('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int END";

[[noreturn]] void refuse(const std::string& why) {
    throw StartupError(Errc::store_unavailable, why);
}

// Throws: `StartupError` if this is no database that a store can be in.
void refuse_foreign(Connection& connection) {
    const Rows rows = connection.run("SELECT version()", {}, kReadPatience);
    const std::string version(rows.text(0, 0));
    if (version.find("CockroachDB") != std::string::npos || !version.starts_with("PostgreSQL"))
        refuse("the store is in " + version.substr(0, version.find(" (")) +
               ", which roster does not support; use PostgreSQL 14 or later");
    if (connection.version() < kOldestVersion)
        refuse("the database server is too old (" + connection.parameter("server_version") +
               "); use PostgreSQL 14 or later");
    if (connection.parameter("server_encoding") != "UTF8")
        refuse("the database has the encoding " + connection.parameter("server_encoding") +
               "; create one with ENCODING 'UTF8'");
}

std::int64_t timeline_of(Connection& connection) {
    return connection.run(kTimeline, {}, kReadPatience).number(0, 0);
}

}  // namespace

Cluster::Cluster(DatabaseUrl url, Tasks tasks, std::shared_ptr<Log> log)
    : url_(std::move(url)), tasks_(std::move(tasks)), log_(log_or_silent(std::move(log))) {
    if (!search() && !tasks_.beat)
        throw StartupError(Errc::store_unavailable, url_.masked() + ": " + last_problem_);
    is_started_ = true;
    if (tasks_.beat) thread_ = std::thread([this] { supervise(); });
}

Cluster::~Cluster() {
    {
        const std::lock_guard lock(mutex_);
        is_stopping_ = true;
    }
    changed_.notify_all();
    if (thread_.joinable()) thread_.join();
}

bool Cluster::is_writable() const {
    const std::lock_guard lock(mutex_);
    // Not yet away for those who wait.
    const bool was_just_there = generation_ > 0 && Clock::now() - away_since_ < kAwayPatience;
    return can_commit_ && (primary_ || was_just_there);
}

Primary Cluster::wait_for_primary(Clock::time_point until) const {
    std::unique_lock lock(mutex_);
    // Those who wait already have waited long enough.
    const auto deadline = std::min(until, away_since_ + kAwayPatience);
    if (!changed_.wait_until(lock, deadline, [this] { return primary_ || is_stopping_; }) ||
        !primary_)
        throw Away("the database is away");
    return *primary_;
}

Connection Cluster::connect(const Primary& primary) const {
    Connection connection(url_.settings_of(primary.host), kConnectPatience);
    if (timeline_of(connection) != primary.timeline) throw Lost("it is not the primary any more");
    return connection;
}

void Cluster::report_lost(const Primary& primary, const std::string& why) {
    const std::lock_guard lock(mutex_);
    if (std::exchange(last_report_, why) != why)
        log_->warn("{}: no connection can be made: {}", url_.masked(), why);
    if (!primary_ || primary_->generation != primary.generation) return;
    is_suspected_ = true;
    changed_.notify_all();
}

// False if it is away. A refusal counts as such once there was a primary: the other servers, or an
// operator, may change that.
bool Cluster::search() {
    std::string problem;
    try {
        Found found = newest_of_all();
        tasks_.inspect(*found.connection);
        publish(std::move(found));
        return true;
    } catch (const Lost& error) {
        problem = error.what();
    } catch (const Refused& error) {
        if (!is_started_)
            throw StartupError(Errc::store_unavailable, url_.masked() + ": " + error.what());
        problem = error.what();
    } catch (const StartupError& error) {
        if (!is_started_) throw;
        problem = error.what();
    }
    const std::string before = std::exchange(last_problem_, problem);
    if (tasks_.beat && (before != problem || !is_started_))
        log_->error("{}: cannot be used: {}; requests are refused until it can", url_.masked(),
                    problem);
    return false;
}

// Every host has a patience of its own, so that a dead one delays nobody.
Cluster::Found Cluster::newest_of_all() {
    struct Asked {
        Found found;
        std::exception_ptr problem;
    };
    std::vector<Asked> asked(url_.hosts());
    std::vector<std::thread> threads;
    for (std::size_t host = 0; host < asked.size(); ++host)
        threads.emplace_back([this, host, &one = asked[host]] {
            try {
                one.found.connection =
                    std::make_unique<Connection>(url_.settings_of(host), kSearchPatience);
                one.found.host = host;
                refuse_foreign(*one.found.connection);
                one.found.timeline = timeline_of(*one.found.connection);
            } catch (...) {
                one.problem = std::current_exception();
            }
        });
    for (std::thread& thread : threads)
        thread.join();
    Found* newest = nullptr;
    std::exception_ptr problem;
    std::string text = "no server of it may be written";
    for (Asked& one : asked) {
        try {
            if (one.problem) std::rethrow_exception(one.problem);
        } catch (const Refused&) {
            problem = one.problem;
        } catch (const StartupError&) {
            problem = one.problem;
        } catch (const std::exception& error) {
            text = error.what();
        }
        if (one.problem || one.found.timeline == 0) continue;
        if (one.found.timeline < newest_timeline_)
            text = url_.host_name(one.found.host) + " is a primary of before a failover";
        else if (newest == nullptr || one.found.timeline > newest->timeline)
            newest = &one.found;
    }
    if (newest != nullptr) return std::move(*newest);
    if (problem) std::rethrow_exception(problem);
    throw Lost(text);
}

void Cluster::publish(Found found) {
    newest_timeline_ = found.timeline;
    connection_ = std::move(found.connection);
    if (!last_problem_.empty())
        log_->info("{}: can be used again: {}", url_.masked(), url_.host_name(found.host));
    last_problem_.clear();
    const std::lock_guard lock(mutex_);
    primary_ = Primary{found.host, found.timeline, ++generation_};
    is_suspected_ = false;
    changed_.notify_all();
}

void Cluster::supervise() {
    for (;;) {
        const auto pause = connection_ ? kBeatPause : kSearchPause;
        {
            std::unique_lock lock(mutex_);
            changed_.wait_for(lock, pause, [this] { return is_stopping_ || is_suspected_; });
            if (is_stopping_) break;
            is_suspected_ = false;
        }
        if (connection_)
            beat();
        else
            (void)search();
    }
    try {
        if (connection_) tasks_.leave(*connection_);
    } catch (const std::exception& error) {
        log_->warn("{}: {}", url_.masked(), error.what());
    }
}

void Cluster::beat() {
    try {
        tasks_.beat(*connection_);
    } catch (const Lost& error) {
        give_up(error.what());
        return;
    } catch (const std::exception& error) {
        // A full disk, for example: it can still be read.
        if (std::exchange(last_problem_, error.what()) != error.what())
            log_->error("{}: cannot be written: {}", url_.masked(), error.what());
        can_commit_ = false;
        return;
    }
    if (!can_commit_.exchange(true)) log_->info("{}: can be written again", url_.masked());
    last_problem_.clear();
}

// A search follows at once: mostly the server is still there.
void Cluster::give_up(const std::string& why) {
    connection_.reset();
    last_problem_ = why;
    log_->warn("{}: the connection was lost: {}", url_.masked(), why);
    {
        const std::lock_guard lock(mutex_);
        primary_.reset();
        away_since_ = Clock::now();
    }
    (void)search();
}

Links::Links(Cluster& cluster, std::size_t connections, std::string setup)
    : cluster_(cluster), setup_(std::move(setup)), links_(connections) {}

Links::Link& Links::lock_one() {
    for (Link& link : links_)
        if (link.mutex.try_lock()) return link;
    links_.front().mutex.lock();
    return links_.front();
}

Connection& Links::Link::connect(Cluster& cluster, const std::string& setup,
                                 Clock::time_point until) {
    for (;;) {
        if (Clock::now() > until) throw Away("the database does not answer in time");
        const Primary primary = cluster.wait_for_primary(until);
        if (connection && generation == primary.generation) return *connection;
        connection.reset();
        try {
            auto made = std::make_unique<Connection>(cluster.connect(primary));
            (void)made->run(setup, {}, kReadPatience);
            connection = std::move(made);
            generation = primary.generation;
            return *connection;
        } catch (const Lost& error) {
            cluster.report_lost(primary, error.what());
        }
        std::this_thread::sleep_for(kRetryPause);
    }
}

}  // namespace roster::storage::postgres
