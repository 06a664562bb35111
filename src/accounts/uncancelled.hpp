#pragma once

// Sees a call through to its end, whatever happens to its caller.

#include <boost/asio/awaitable.hpp>
#include <boost/asio/this_coro.hpp>

#include <exception>
#include <optional>
#include <utility>

namespace roster::accounts {

/// Awaits an operation whose steps cannot be cancelled. Without this, a caller that was cancelled
/// in the middle would have the next `co_await` throw, between the hash and the write for example.
/// The caller learns of his cancellation at his own next `co_await`.
template <class T>
boost::asio::awaitable<T> uncancelled(boost::asio::awaitable<T> operation) {
    const bool throws = co_await boost::asio::this_coro::throw_if_cancelled();
    co_await boost::asio::this_coro::throw_if_cancelled(false);
    std::optional<T> answer;
    std::exception_ptr failure;
    try {
        answer = co_await std::move(operation);
    } catch (...) {
        failure = std::current_exception();
    }
    co_await boost::asio::this_coro::throw_if_cancelled(throws);
    if (failure) std::rethrow_exception(failure);
    co_return std::move(*answer);
}

}  // namespace roster::accounts
