#pragma once

// A call of a server's HTTP API, awaited, and what a person is told of its failure. Knows no
// command.

#include <roster/api_types.hpp>

#include "cli/io/exit_code.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <exception>
#include <optional>
#include <string>
#include <utility>

namespace roster::cli {

template <class T>
boost::asio::awaitable<void> keep_remote(boost::asio::awaitable<ApiResult<T>> call,
                                         std::optional<ApiResult<T>>* answer) {
    *answer = co_await std::move(call);
}

/// Runs the context until the call is answered.
template <class T>
ApiResult<T> ask(boost::asio::io_context& context, boost::asio::awaitable<ApiResult<T>> call) {
    std::optional<ApiResult<T>> answer;
    const auto rethrow = [](std::exception_ptr failure) {
        if (failure) std::rethrow_exception(failure);
    };
    boost::asio::co_spawn(context, keep_remote(std::move(call), &answer), rethrow);
    context.restart();
    context.run();
    return std::move(*answer);
}

bool is_token_refused(const ApiError& error) noexcept;

/// `server`: its URL; `subject`: what was asked about.
Refused remote_refusal(const std::string& server, const std::string& subject,
                       const ApiError& error);

}  // namespace roster::cli
