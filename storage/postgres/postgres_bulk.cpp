// A whole store, read from one snapshot, or replaced in one transaction: servers see the old
// contents up to its commit.

#include "storage/postgres/direct_connection.hpp"
#include "storage/postgres/postgres_store.hpp"
#include "storage/postgres/rows.hpp"
#include "storage/postgres/schema.hpp"

#include <memory>
#include <utility>
#include <vector>

namespace roster::storage {
namespace {

using namespace postgres;

constexpr auto kBulkPatience = std::chrono::minutes(10);
constexpr std::size_t kRowsAtOnce = 2000;

class PostgresReader final : public StoreReader {
  public:
    explicit PostgresReader(std::shared_ptr<DirectConnection> source)
        : source_(std::move(source)), totals_(source_->run([this] {
              return read_totals(source_->connection().run(kReadTotals, {}, kBulkPatience));
          })) {}

    const StoreTotals& totals() const override { return totals_; }

    void users(const TakeUser& take) override {
        pages(select_users("WHERE id > $1::bigint ORDER BY id LIMIT $2::bigint"), read_users,
              [&](const User& user) { take(user, {}); });
    }
    void sessions(const TakeSession& take) override {
        pages(select_sessions("WHERE id > $1::bigint AND ended_at IS NULL ORDER BY id LIMIT "
                              "$2::bigint"),
              read_sessions, take);
    }
    void limiter_records(const TakeLimiterRecord& take) override {
        source_->run([&] {
            const Rows rows = source_->connection().run(
                "SELECT key, state, until FROM throttle WHERE state <> '' ORDER BY key", {},
                kBulkPatience);
            for (const LimiterRecord& record : read_limiter_records(rows))
                take(record);
        });
    }

  private:
    template <class Read, class Take>
    void pages(const std::string& sql, Read read, const Take& take) {
        source_->run([&] {
            for (std::uint64_t last = 0;;) {
                Params params;
                params.add(last).add(kRowsAtOnce);
                const auto page = read(source_->connection().run(sql, params, kBulkPatience));
                for (const auto& row : page)
                    take(row);
                if (page.empty()) return;
                last = page.back().id;
            }
        });
    }

    std::shared_ptr<DirectConnection> source_;
    Totals totals_;
};

class PostgresWriter final : public StoreWriter {
  public:
    PostgresWriter(const std::string& path, std::chrono::sys_seconds now)
        : now_(now), target_(std::make_shared<DirectConnection>(path)) {}

    bool keeps_unknown_members() const override { return false; }

    void begin(const StoreTotals& totals) override {
        static_cast<StoreTotals&>(totals_) = totals;
        target_->run([&] {
            Connection& connection = target_->connection();
            require_schema(connection, IfEmpty::make, now_);
            connection.send("BEGIN");
            connection.send("SELECT 1 FROM store WHERE is_only FOR UPDATE");
            connection.send(
                "SELECT count(*) FROM writers WHERE seen_at > now() - interval '10 seconds'");
            if (connection.finish(kWritePatience).back().count(0, 0) > 0)
                throw StartupError(
                    Errc::store_locked,
                    target_->url() + ": a server uses it, or did so ten seconds ago; stop it");
            for (const char* table : {"sessions", "throttle", "users"})
                connection.send_once(std::string("DELETE FROM ") + table);
            (void)connection.finish(kBulkPatience);
        });
    }

    void put(const User& user, std::string_view) override {
        UserChange change;
        change.id = user.id;
        change.after = user;
        if (user.role == Role::admin && !user.disabled) ++totals_.admins;
        users_.push_back(std::move(change));
        flush_at(kRowsAtOnce);
    }
    void put(const Session& session) override { put_step(session); }
    void put(const LimiterRecord& record) override { put_step(record); }

    void finish() override {
        flush_at(1);
        Params next_session;
        next_session.add(totals_.next_session_id);
        target_->run([&] {
            send_totals(target_->connection(), totals_);
            target_->connection().send("UPDATE session_ids SET next = $1::bigint WHERE is_only",
                                       next_session);
            (void)target_->connection().finish(kBulkPatience);
        });
    }

    std::unique_ptr<StoreReader> written() override {
        return std::make_unique<PostgresReader>(target_);
    }

    void place() override {
        target_->run([&] { (void)target_->connection().run("COMMIT", {}, kBulkPatience); });
    }

  private:
    void put_step(SessionStep step) {
        steps_.push_back(std::move(step));
        flush_at(kRowsAtOnce);
    }

    void flush_at(std::size_t rows) {
        if (users_.size() + steps_.size() < rows) return;
        target_->run([&] {
            send_changes(target_->connection(), users_);
            send_steps(target_->connection(), steps_, now_);
            (void)target_->connection().finish(kBulkPatience);
        });
        users_.clear();
        steps_.clear();
    }

    std::chrono::sys_seconds now_;
    std::shared_ptr<DirectConnection> target_;
    Totals totals_;
    std::vector<UserChange> users_;
    std::vector<SessionStep> steps_;
};

}  // namespace

std::unique_ptr<StoreReader> read_postgres_store(const std::string& path) {
    auto source = std::make_shared<DirectConnection>(path);
    const bool exists = source->run([&] {
        Connection& connection = source->connection();
        if (applied_migrations(connection).empty()) return false;
        require_schema(connection, IfEmpty::refuse, {});
        (void)connection.run("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", {}, kReadPatience);
        return true;
    });
    if (!exists) return nullptr;
    return std::make_unique<PostgresReader>(std::move(source));
}

std::unique_ptr<StoreWriter> make_postgres_store(const std::string& path,
                                                 const OpenOptions& options) {
    return std::make_unique<PostgresWriter>(path, options.now());
}

}  // namespace roster::storage
