#pragma once

// A connection to a SQLite database with the statements it has used: what the rest of this room
// writes SQL on. Knows no table.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

struct sqlite3;

namespace SQLite {
class Database;
class Statement;
}  // namespace SQLite

namespace roster::storage {

/// One use of a kept statement; it is reset when the use ends.
/// Errors: every call throws `SQLite::Exception`.
class Query {
  public:
    explicit Query(SQLite::Statement& statement) noexcept : statement_(statement) {}
    Query(const Query&) = delete;
    Query& operator=(const Query&) = delete;
    ~Query();

    /// The next `?`.
    Query& bind(std::int64_t value);
    Query& bind(std::uint64_t value);
    Query& bind(bool value);
    Query& bind(std::chrono::sys_seconds value);
    Query& bind(std::string_view text);
    Query& bind(const char* text) = delete;  // it would be a bool
    Query& bind_bytes(const void* bytes, std::size_t size_bytes);

    /// False where there is no row (any more).
    bool step();
    /// Steps to the end; gives how many rows were changed.
    std::size_t run();

    std::int64_t number(int column) const;
    /// Of a number that was bound from one.
    std::uint64_t count(int column) const;
    std::chrono::sys_seconds time(int column) const;
    /// Lifetime: until the next step.
    std::string_view text(int column) const;

  private:
    SQLite::Statement& statement_;
    int bound_ = 0;
};

/// Threads: one at a time.
class Connection {
  public:
    enum class Mode {
        /// Reads and writes: write-ahead log, each commit synced.
        write,
        /// Reads what a writer beside it commits.
        read,
        /// Reads, and needs and leaves nothing beside the file.
        /// Requires: nobody writes, and there is no write-ahead log.
        read_locked,
        /// A file that is being made, and is read by nobody before it is whole.
        make,
    };

    /// Throws, as every call: `SQLite::Exception`.
    Connection(const std::string& path, Mode mode);
    ~Connection();

    /// `sql` is compiled once, and has to live as long as the connection: a literal.
    Query query(std::string_view sql);

    /// Statements without values.
    void run(const std::string& sql);
    std::int64_t number(std::string_view sql);

    SQLite::Database& database() noexcept { return *database_; }
    sqlite3* handle() noexcept;

  private:
    std::unique_ptr<SQLite::Database> database_;
    std::unordered_map<std::string_view, std::unique_ptr<SQLite::Statement>> statements_;
};

/// Undone when it is destroyed, unless it was committed.
class Transaction {
  public:
    /// Waits for whoever writes.
    explicit Transaction(Connection& connection);
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    ~Transaction();

    /// Durable when it returns.
    void commit();

  private:
    Connection& connection_;
    bool is_open_ = true;
};

/// A part of a transaction: undone alone when it is destroyed, unless it was released.
class Savepoint {
  public:
    explicit Savepoint(Connection& connection);
    Savepoint(const Savepoint&) = delete;
    Savepoint& operator=(const Savepoint&) = delete;
    ~Savepoint();

    void release();

  private:
    Connection& connection_;
    bool is_open_ = true;
};

}  // namespace roster::storage
