#pragma once

// Awaits operations from a test that is not a coroutine.

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <exception>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

namespace roster::testing {

template <class T>
boost::asio::awaitable<void> keep_answer(boost::asio::awaitable<T> operation,
                                         std::optional<T>* answer) {
    *answer = co_await std::move(operation);
}

inline void rethrow(std::exception_ptr failure) {
    if (failure) std::rethrow_exception(failure);
}

/// Starts all operations on one thread before any of them can resume, and returns their answers
/// in order.
template <class T>
std::vector<T> await_all(std::vector<boost::asio::awaitable<T>> operations) {
    boost::asio::io_context context;
    std::vector<std::optional<T>> answers(operations.size());
    for (std::size_t i = 0; i < operations.size(); ++i)
        boost::asio::co_spawn(context, keep_answer(std::move(operations[i]), &answers[i]), rethrow);
    context.run();
    std::vector<T> values;
    for (auto& answer : answers) {
        if (!answer) throw std::logic_error("the operation never ended");
        values.push_back(std::move(*answer));
    }
    return values;
}

template <class T>
T await(boost::asio::awaitable<T> operation) {
    std::vector<boost::asio::awaitable<T>> operations;
    operations.push_back(std::move(operation));
    return std::move(await_all(std::move(operations)).front());
}

}  // namespace roster::testing
