#pragma once

// Awaits from a command, in a context that several calls share.

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include <utility>

namespace roster::cli {

/// Runs the context until the call is answered.
template <class Answer>
Answer ask(boost::asio::io_context& context, boost::asio::awaitable<Answer> call) {
    auto answer = boost::asio::co_spawn(context, std::move(call), boost::asio::use_future);
    context.restart();
    context.run();
    return answer.get();
}

}  // namespace roster::cli
