#include "storage/postgres/postgres_store.hpp"

#include "storage/postgres/direct_connection.hpp"
#include "storage/postgres/rows.hpp"
#include "storage/postgres/schema.hpp"

#include <optional>
#include <utility>

namespace roster::storage {
namespace {

using namespace postgres;

template <class Use>
auto with_connection(const std::string& path, const Use& use) {
    DirectConnection direct(path);
    return direct.run([&] { return use(direct.connection()); });
}

// A count that must be 0, and what it means if it is not.
struct Rule {
    const char* sql;
    const char* problem;
};

constexpr Rule kRules[] = {
    {"SELECT count(*) FROM users, store WHERE users.id >= next_user_id",
     "users have ids that were not assigned yet"},
    {"SELECT count(*) FROM users, store WHERE users.revision > store.revision OR "
     "users.credentials_revision > store.revision",
     "users have revisions above the store's"},
    {"SELECT count(*) FROM store WHERE users <> (SELECT count(*) FROM users) OR admins <> (SELECT "
     "count(*) FROM users WHERE role = 'admin' AND NOT disabled)",
     "the store's numbers of users or administrators are wrong"},
    {"SELECT count(*) FROM sessions, session_ids WHERE sessions.id >= next",
     "sessions have ids that were not assigned yet"},
    {"SELECT count(*) FROM users a JOIN users b ON a.username_folded = b.email_folded AND a.id <> "
     "b.id",
     "users have usernames that are other users' e-mails"},
    // The years 1970 to 9999.
    {"SELECT count(*) FROM users WHERE NOT (created_at BETWEEN 0 AND 253402300799 AND updated_at "
     "BETWEEN 0 AND 253402300799 AND coalesce(last_login_at, 0) BETWEEN 0 AND 253402300799 AND "
     "coalesce(email_verified_at, 0) BETWEEN 0 AND 253402300799)",
     "users have times outside the years 1970 to 9999"},
    {"SELECT count(*) FROM pg_index WHERE NOT indisvalid AND indrelid IN ('users'::regclass, "
     "'sessions'::regclass, 'throttle'::regclass)",
     "indexes are invalid; use REINDEX"},
};

StoreReport check_rows(Connection& connection) {
    constexpr auto kPatience = std::chrono::minutes(10);
    constexpr std::size_t kPage = 2000;
    StoreReport report;
    const auto damaged = [&report](const std::string& text) {
        report.findings.push_back({Finding::Kind::damage, text});
    };
    (void)connection.run("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", {}, kReadPatience);
    for (const Rule& rule : kRules) {
        const std::uint64_t count = connection.run(rule.sql, {}, kPatience).count(0, 0);
        if (count > 0) damaged(std::to_string(count) + ": " + rule.problem);
    }
    for (UserId last = 0;;) {
        Params params;
        params.add(last).add(kPage);
        const Rows rows = connection.run(
            select_users("WHERE id > $1::bigint ORDER BY id LIMIT $2::bigint"), params, kPatience);
        for (int row = 0; row < rows.size(); ++row) {
            last = rows.count(row, 0);
            ++report.users;
            try {
                (void)read_user(rows, row);
            } catch (const std::exception& error) {
                --report.users;
                damaged(error.what());
            }
        }
        if (rows.size() == 0) break;
    }
    (void)connection.run("COMMIT", {}, kReadPatience);
    if (!has_synchronous_standby(connection))
        report.findings.push_back(
            {Finding::Kind::note,
             "no synchronous standby is configured: an acknowledged write can be lost with the "
             "database server"});
    return report;
}

}  // namespace

StoreReport check_postgres_store(const std::string& path) {
    return with_connection(path, [](Connection& connection) {
        require_schema(connection, IfEmpty::refuse, {});
        return check_rows(connection);
    });
}

std::vector<SchemaVersion> schema_of_postgres(const std::string& path) {
    const auto applied = with_connection(
        path, [](Connection& connection) { return applied_migrations(connection); });
    return schema_versions(applied, compiled_migrations());
}

std::vector<std::string> migrate_postgres(const std::string& path, const MigrationGoal& goal,
                                          const OpenOptions& options) {
    return with_connection(
        path, [&](Connection& connection) { return migrate(connection, goal, options.now()); });
}

std::string postgres_url(const std::string& path) {
    return DatabaseUrl(path).masked();
}

}  // namespace roster::storage
