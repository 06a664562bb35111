#pragma once

// Awaiting from where no coroutine is: at start, and in a command.

#include <roster/error.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <exception>
#include <utility>

namespace roster::accounts {

template <class T>
boost::asio::awaitable<void> keep_answer(boost::asio::awaitable<result<T>> operation,
                                         result<T>* answer) {
    *answer = co_await std::move(operation);
}

/// Runs an operation to its end on the calling thread, and gives its answer.
template <class T>
result<T> wait_for(boost::asio::awaitable<result<T>> operation) {
    boost::asio::io_context context(1);
    result<T> answer = Errc::internal;
    const auto rethrow = [](std::exception_ptr failure) {
        if (failure) std::rethrow_exception(failure);
    };
    boost::asio::co_spawn(context, keep_answer(std::move(operation), &answer), rethrow);
    context.run();
    return answer;
}

}  // namespace roster::accounts
