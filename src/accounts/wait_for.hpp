#pragma once

// Awaits from plain code: at start, on threads of our own, and in a command.

#include <roster/error.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <exception>
#include <utility>

namespace roster::accounts {

/// `Answer` is a `result` or an `Attempt`.
template <class Answer>
boost::asio::awaitable<void> keep_answer(boost::asio::awaitable<Answer> operation, Answer* answer) {
    *answer = co_await std::move(operation);
}

/// Runs an operation to its end on the calling thread.
template <class Answer>
Answer wait_for(boost::asio::awaitable<Answer> operation) {
    boost::asio::io_context context(1);
    Answer answer = Errc::internal;
    const auto rethrow = [](std::exception_ptr failure) {
        if (failure) std::rethrow_exception(failure);
    };
    boost::asio::co_spawn(context, keep_answer(std::move(operation), &answer), rethrow);
    context.run();
    return answer;
}

}  // namespace roster::accounts
