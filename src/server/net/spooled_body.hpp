#pragma once

// A body whose length has to be known before its first byte is sent, and that is too large for the
// memory: it is written into a file without a name first. Knows no protocol.

#include <roster/error.hpp>
#include <roster/log.hpp>

#include "core/bounded_pool.hpp"
#include "core/files/file_system.hpp"

#include <boost/asio/awaitable.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

namespace roster::server {

/// Where such files are made, and how many there may be at once.
/// Threads: any. Lifetime: outlives the bodies.
class Spool {
  public:
    Spool(BoundedPool& threads, std::size_t most, std::shared_ptr<Log> log)
        : threads_(threads), most_(most), log_(log_or_silent(std::move(log))) {}

  private:
    friend class SpooledBody;

    BoundedPool& threads_;
    const std::size_t most_;
    const std::shared_ptr<Log> log_;
    std::atomic<std::size_t> files_ = 0;
};

/// Threads: one at a time. Lifetime: outlives every awaitable that it has returned.
class SpooledBody {
  public:
    /// A part has about this size.
    static constexpr std::size_t kPartBytes = 64 * 1024;

    explicit SpooledBody(Spool& spool) : spool_(spool) {}
    ~SpooledBody();
    SpooledBody(const SpooledBody&) = delete;
    SpooledBody& operator=(const SpooledBody&) = delete;

    /// Errors: `overloaded` (too many files), `store_unavailable` (the file cannot be written).
    boost::asio::awaitable<result<void>> append(std::string part);

    std::uint64_t size_bytes() const noexcept { return size_bytes_; }

    /// The next part from the beginning on; empty at the end. Errors: of the system.
    boost::asio::awaitable<result<std::string>> next();

  private:
    result<void> open();
    result<void> write(const std::string& part);

    Spool& spool_;
    bool is_counted_ = false;
    std::unique_ptr<File> file_;
    std::uint64_t size_bytes_ = 0;
    std::uint64_t read_bytes_ = 0;
};

}  // namespace roster::server
