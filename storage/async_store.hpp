#pragma once

// Makes a Store of a Backend: one thread writes, everything that waits goes as one batch.
// While one batch is being made durable the next one gathers: group commit for every backend.

#include <roster/store.hpp>

#include "storage/backend.hpp"

#include <cstddef>
#include <memory>

namespace roster::storage {

struct AsyncStoreLimits {
    AsyncStoreLimits() = default;

    /// Writes that may wait; one more is answered `overloaded`.
    std::size_t waiting_writes = 4096;
    /// Writes that a batch takes at most.
    std::size_t batch_writes = 1024;
};

/// Reads are answered on the caller's thread: the backend answers them from memory.
///
/// Lifetime: the destructor makes durable and answers what was accepted.
class AsyncStore final : public Store {
  public:
    AsyncStore(std::unique_ptr<Backend> backend, std::shared_ptr<spdlog::logger> log,
               AsyncStoreLimits limits = {});
    ~AsyncStore() override;

    boost::asio::awaitable<result<User>> find(UserId id) override;
    boost::asio::awaitable<result<User>> find_by_email(std::string email) override;
    boost::asio::awaitable<result<std::vector<User>>> list(UserId after,
                                                           std::size_t limit) override;
    boost::asio::awaitable<result<User>> apply(Write write) override;
    StoreStatus status() const override;
    std::string url() const override;

  private:
    class Writer;

    std::unique_ptr<Backend> backend_;
    std::unique_ptr<Writer> writer_;
};

}  // namespace roster::storage
