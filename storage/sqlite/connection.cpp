#include "storage/sqlite/connection.hpp"

#include <SQLiteCpp/Column.h>
#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>
#include <sqlite3.h>

namespace roster::storage {
namespace {

// How long whoever else has the file may keep us waiting: somebody's shell, or a backup.
constexpr int kBusyMilliseconds = 2000;

// The pages of the writes of a transaction, and those above them in the trees.
constexpr int kWriterCacheKiB = 32 * 1024;

// A path as a part of a URI: what SQLite would read as something else is escaped.
std::string uri_of(const std::string& path) {
    constexpr std::string_view kHex = "0123456789ABCDEF";
    std::string uri = "file:";
    for (const char c : path) {
        if (c == '%' || c == '?' || c == '#') {
            const auto byte = static_cast<unsigned char>(c);
            uri += '%';
            uri += kHex[byte >> 4];
            uri += kHex[byte & 15];
        } else {
            uri += c;
        }
    }
    return uri;
}

std::unique_ptr<SQLite::Database> open(const std::string& path, Connection::Mode mode) {
    using Mode = Connection::Mode;
    int flags = SQLite::OPEN_NOMUTEX | SQLite::OPEN_URI;
    std::string uri = uri_of(path);
    const bool writes = mode == Mode::write || mode == Mode::make;
    flags |= writes ? SQLite::OPEN_READWRITE : SQLite::OPEN_READONLY;
    if (mode == Mode::read_locked) uri += "?immutable=1";
    return std::make_unique<SQLite::Database>(uri, flags, kBusyMilliseconds);
}

}  // namespace

Query::~Query() {
    (void)statement_.tryReset();
}

Query& Query::bind(std::int64_t value) {
    statement_.bind(++bound_, value);
    return *this;
}

Query& Query::bind(std::uint64_t value) {
    return bind(static_cast<std::int64_t>(value));
}

Query& Query::bind(bool value) {
    return bind(std::int64_t{value ? 1 : 0});
}

Query& Query::bind(std::chrono::sys_seconds value) {
    return bind(std::int64_t{value.time_since_epoch().count()});
}

Query& Query::bind(std::string_view text) {
    statement_.bind(++bound_, std::string(text));
    return *this;
}

Query& Query::bind_bytes(const void* bytes, std::size_t size_bytes) {
    statement_.bind(++bound_, bytes, static_cast<int>(size_bytes));
    return *this;
}

bool Query::step() {
    return statement_.executeStep();
}

std::size_t Query::run() {
    return static_cast<std::size_t>(statement_.exec());
}

std::int64_t Query::number(int column) const {
    return statement_.getColumn(column).getInt64();
}

std::uint64_t Query::count(int column) const {
    return static_cast<std::uint64_t>(number(column));
}

std::chrono::sys_seconds Query::time(int column) const {
    return std::chrono::sys_seconds(std::chrono::seconds(number(column)));
}

std::string_view Query::text(int column) const {
    const SQLite::Column value = statement_.getColumn(column);
    const char* bytes = static_cast<const char*>(value.getBlob());
    return bytes == nullptr ? std::string_view()
                            : std::string_view(bytes, static_cast<std::size_t>(value.getBytes()));
}

Connection::Connection(const std::string& path, Mode mode) : database_(open(path, mode)) {
    run("PRAGMA foreign_keys = ON");
    run("PRAGMA trusted_schema = OFF");
    if (mode == Mode::read) run("PRAGMA query_only = ON");
    if (mode == Mode::make || mode == Mode::write) run("PRAGMA synchronous = FULL");
    if (mode != Mode::write) return;
    run("PRAGMA journal_mode = WAL");
    run("PRAGMA cache_size = -" + std::to_string(kWriterCacheKiB));
    // What a savepoint may have to undo; larger than that of 16 pages it would go to a file.
    run("PRAGMA temp_store = MEMORY");
    // The writer does it itself, where it sees what came of it.
    run("PRAGMA wal_autocheckpoint = 0");
}

Connection::~Connection() = default;

Query Connection::query(std::string_view sql) {
    auto& kept = statements_[sql];
    if (!kept) kept = std::make_unique<SQLite::Statement>(*database_, std::string(sql));
    return Query(*kept);
}

void Connection::run(const std::string& sql) {
    database_->exec(sql);
}

std::int64_t Connection::number(std::string_view sql) {
    Query query = this->query(sql);
    return query.step() ? query.number(0) : 0;
}

sqlite3* Connection::handle() noexcept {
    return database_->getHandle();
}

Transaction::Transaction(Connection& connection) : connection_(connection) {
    connection_.query("BEGIN IMMEDIATE").run();
}

Transaction::~Transaction() {
    // SQLite may have undone it already, for want of space.
    if (is_open_ && sqlite3_get_autocommit(connection_.handle()) == 0)
        (void)sqlite3_exec(connection_.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
}

void Transaction::commit() {
    connection_.query("COMMIT").run();
    is_open_ = false;
}

Savepoint::Savepoint(Connection& connection) : connection_(connection) {
    connection_.query("SAVEPOINT one_write").run();
}

Savepoint::~Savepoint() {
    if (is_open_ && sqlite3_get_autocommit(connection_.handle()) == 0)
        (void)sqlite3_exec(connection_.handle(), "ROLLBACK TO one_write; RELEASE one_write",
                           nullptr, nullptr, nullptr);
}

void Savepoint::release() {
    connection_.query("RELEASE one_write").run();
    is_open_ = false;
}

}  // namespace roster::storage
