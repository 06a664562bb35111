#pragma once

// SQLiteCpp's database with what roster sets on each connection, its prepared statements, and what
// SQLite's errors mean: none of them leaves storage/sqlite/. Knows no table.

#include <roster/error.hpp>

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Exception.h>
#include <SQLiteCpp/Statement.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace roster::storage {

/// One run of a prepared statement; destruction resets the statement.
/// Errors: every call throws `SQLite::Exception`.
class Query {
  public:
    /// Binds the values to the `?` of the statement, in order.
    template <class... Values>
    explicit Query(SQLite::Statement& statement, const Values&... values) : statement_(statement) {
        (bind(values), ...);
    }
    Query(const Query&) = delete;
    Query& operator=(const Query&) = delete;
    ~Query() { (void)statement_.tryReset(); }

    void bind(std::int64_t value) { statement_.bind(++bound_, value); }
    /// No id or limit that means something is cut by this; SQLite knows no larger number.
    void bind(std::uint64_t value) {
        constexpr std::uint64_t kMax = std::numeric_limits<std::int64_t>::max();
        bind(static_cast<std::int64_t>(std::min(value, kMax)));
    }
    void bind(bool value) { bind(std::int64_t{value ? 1 : 0}); }
    void bind(std::chrono::sys_seconds value) {
        bind(std::int64_t{value.time_since_epoch().count()});
    }
    /// NULL without a value.
    template <class Value>
    void bind(const std::optional<Value>& value) {
        value ? bind(*value) : statement_.bind(++bound_);
    }
    void bind(std::string_view text) { statement_.bind(++bound_, std::string(text)); }
    void bind(const std::string& text) { statement_.bind(++bound_, text); }
    void bind(const char* text) = delete;  // would be a bool
    template <std::size_t Size>
    void bind(const std::array<unsigned char, Size>& bytes) {
        statement_.bind(++bound_, bytes.data(), static_cast<int>(Size));
    }

    /// False after the last row.
    bool step() { return statement_.executeStep(); }
    /// For a statement without rows. Returns how many rows it changed.
    std::size_t run() { return static_cast<std::size_t>(statement_.exec()); }

    std::int64_t number(int column) const { return statement_.getColumn(column).getInt64(); }
    std::uint64_t count(int column) const { return static_cast<std::uint64_t>(number(column)); }
    std::chrono::sys_seconds time(int column) const {
        return std::chrono::sys_seconds(std::chrono::seconds(number(column)));
    }
    /// nullopt for NULL.
    std::optional<std::chrono::sys_seconds> optional_time(int column) const;
    /// Of a TEXT or BLOB, which may contain NULs; empty for NULL. Lifetime: until the next step.
    std::string_view text(int column) const;

  private:
    SQLite::Statement& statement_;
    int bound_ = 0;
};

/// Threads: one at a time. Errors: every call throws `SQLite::Exception`.
class Connection final : public SQLite::Database {
  public:
    enum class Mode {
        /// Reads and writes: write-ahead log, each commit synced.
        write,
        /// Reads, also beside a writer.
        read,
        /// Reads; neither needs nor leaves files beside the database.
        /// Requires: nobody writes, and there is no write-ahead log.
        immutable,
        /// Makes or migrates a database. Foreign keys are not enforced.
        build,
    };

    Connection(const std::string& path, Mode mode);

    /// A run of a statement that is prepared once per connection.
    /// Lifetime: `sql` outlives the connection; a literal does.
    template <class... Values>
    Query query(std::string_view sql, const Values&... values) {
        return Query(prepared(sql), values...);
    }
    template <class... Values>
    std::size_t run(std::string_view sql, const Values&... values) {
        return query(sql, values...).run();
    }
    /// The first column of the first row; 0 if there are no rows.
    std::int64_t number(std::string_view sql);

  private:
    SQLite::Statement& prepared(std::string_view sql);

    std::unordered_map<std::string_view, std::unique_ptr<SQLite::Statement>> statements_;
};

enum class SqliteFault {
    /// A rule of the schema was broken: the statement had no effect, the transaction goes on.
    constraint,
    /// Nothing was changed; a later attempt may succeed.
    transient,
    /// A sync failed: what the disk holds is unknown.
    sync_failed,
    /// The file is damaged, or not a database.
    corrupt,
};

SqliteFault fault_of(const SQLite::Exception& error) noexcept;

/// For the log and the operator.
std::string text_of(const SQLite::Exception& error);

/// The current exception as a `StartupError`: of SQLite, of a file or of unreadable content. `what`
/// completes "cannot be": "read". Requires: inside a catch block.
[[noreturn]] void throw_startup_error(const std::string& path, const std::string& what);

/// Runs `call`. Throws: `StartupError`, as above.
template <class Call>
auto translate_startup_errors(const std::string& path, const std::string& what, Call call) {
    try {
        return call();
    } catch (...) {
        throw_startup_error(path, what);
    }
}

}  // namespace roster::storage
