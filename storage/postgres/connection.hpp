#pragma once

// A connection to PostgreSQL over libpq, which waits for nothing longer than it is told to. What is
// sent is a pipeline: many statements, one round trip.
// Knows no SQL, no store, and not which of several servers is the right one.

#include <chrono>
#include <concepts>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

struct pg_conn;
struct pg_result;

namespace roster::storage::postgres {

using Clock = std::chrono::steady_clock;

/// The connection is gone, or the server did not answer in time: what was sent may have happened.
class Lost : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

/// The server refused a statement, or the connection. Its text is the server's first line: the
/// others may hold a row with a password hash.
class Refused : public std::runtime_error {
  public:
    Refused(std::string sqlstate, const std::string& text)
        : std::runtime_error(text + " (" + sqlstate + ")"), state_(std::move(sqlstate)) {}

    const std::string& state() const noexcept { return state_; }
    /// Another attempt may succeed: the transaction met another one.
    bool is_conflict() const noexcept {
        return state_ == "40001" || state_ == "40P01" || state_ == "55P03";
    }

  private:
    std::string state_;
};

/// The values of one statement, as text.
class Params {
  public:
    Params() = default;

    Params& add(std::string text) {
        texts_.emplace_back(std::move(text));
        return *this;
    }
    Params& add(std::integral auto number) { return add(std::to_string(number)); }
    Params& add(std::chrono::sys_seconds time) { return add(time.time_since_epoch().count()); }

    const std::vector<std::string>& texts() const noexcept { return texts_; }

  private:
    std::vector<std::string> texts_;
};

/// The text of an array.
class Array {
  public:
    void add(std::string_view text);
    void add(std::integral auto number) { add_plain(std::to_string(number)); }
    void add(std::chrono::sys_seconds time) { add(time.time_since_epoch().count()); }
    template <class Value>
    void add(const std::optional<Value>& value) {
        value ? add(*value) : add_plain("NULL");
    }

    bool is_empty() const noexcept { return text_.size() == 1; }
    std::string text() const { return text_ + "}"; }

  private:
    void add_plain(std::string_view text);

    std::string text_ = "{";
};

/// What a statement returned.
class Rows {
  public:
    explicit Rows(pg_result* result);

    int size() const noexcept;
    /// Lifetime: of these rows. Empty for NULL.
    std::string_view text(int row, int column) const;
    bool is_null(int row, int column) const;
    bool flag(int row, int column) const { return text(row, column) == "t"; }
    /// Throws: `std::runtime_error` if it holds no number.
    std::int64_t number(int row, int column) const;
    std::uint64_t count(int row, int column) const {
        return static_cast<std::uint64_t>(number(row, column));
    }
    std::chrono::sys_seconds time(int row, int column) const {
        return std::chrono::sys_seconds(std::chrono::seconds(number(row, column)));
    }

  private:
    std::shared_ptr<pg_result> result_;
};

using Settings = std::vector<std::pair<std::string, std::string>>;

/// Threads: one at a time.
/// Throws, every call: `Lost`, and then the connection is of no further use; `Refused`.
class Connection {
  public:
    /// `settings`: libpq's, of one host.
    Connection(const Settings& settings, Clock::duration patience);

    /// Appends a statement to the pipeline; it is prepared when it is first sent.
    void send(const std::string& sql, const Params& params = {});
    /// One of too many different statements to keep them prepared.
    void send_once(const std::string& sql, const Params& params = {});
    /// Ends a transaction of statements that no BEGIN began.
    void sync();
    /// Sends what was appended, and waits for all of it. `Refused` is the first refusal.
    std::vector<Rows> finish(Clock::duration patience);
    Rows run(const std::string& sql, const Params& params, Clock::duration patience);
    /// A text of several statements, without parameters.
    void run_script(const std::string& sql, Clock::duration patience);

    /// Whether the server warned since the last call. A COMMIT that warns is in doubt: it was not
    /// replicated.
    bool take_warning() noexcept { return std::exchange(*warned_, false); }

    int version() const noexcept;
    std::string parameter(const char* name) const;

  private:
    struct Closer {
        void operator()(pg_conn* connection) const noexcept;
    };

    std::string prepare(const std::string& sql);
    static std::vector<const char*> values_of(const Params& params);
    void await(bool to_read, bool to_write, Clock::time_point deadline);
    bool flush();
    void take(pg_result* result, std::vector<Rows>& rows);
    [[noreturn]] void lose(const std::string& why);

    std::unique_ptr<pg_conn, Closer> connection_;
    // Set by libpq's callback: its place must not move.
    std::unique_ptr<bool> warned_ = std::make_unique<bool>(false);
    std::unordered_map<std::string, std::string> prepared_;
    // Of statements that were prepared since the last sync of the pipeline.
    std::vector<std::string> fresh_;
    // For each statement sent: whether its result is of interest.
    std::deque<bool> expected_;
    std::size_t syncs_ = 0;
    std::size_t statements_ = 0;
    std::optional<Refused> refused_;
};

}  // namespace roster::storage::postgres
