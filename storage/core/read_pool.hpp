#pragma once

// Threads for reads that may wait for a disk, so that no caller's thread does.
// Knows no store: what a read is, is its owner's matter.

#include "storage/core/completion_handler.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

#include <cstddef>
#include <memory>
#include <type_traits>
#include <utility>

namespace roster::storage {

/// Threads: any.
/// Cancellation: none. A read that was begun is finished, and its answer waited for.
/// Lifetime: outlives every awaitable it has given out; the destructor waits for all reads.
class ReadPool {
  public:
    explicit ReadPool(std::size_t threads) : threads_(threads) {}
    ReadPool(const ReadPool&) = delete;
    ReadPool& operator=(const ReadPool&) = delete;
    ~ReadPool() { threads_.join(); }

    /// `read` is a plain function, never a coroutine, and throws nothing. Resumes on the caller's
    /// executor.
    template <class Read>
    boost::asio::awaitable<std::invoke_result_t<Read&>> run(Read read) {
        using Answer = std::invoke_result_t<Read&>;
        return await_answer<Answer>([this, read = std::move(read)](
                                        std::unique_ptr<CompletionHandler<Answer>> waiter) mutable {
            boost::asio::post(threads_,
                              [read = std::move(read), waiter = std::move(waiter)]() mutable {
                                  waiter->answer(read());
                              });
        });
    }

  private:
    boost::asio::thread_pool threads_;
};

}  // namespace roster::storage
