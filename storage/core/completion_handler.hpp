#pragma once

// Whoever waits for a write to be durable: a coroutine that is resumed where it came from.
// Knows no store.

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/execution/outstanding_work.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <memory>
#include <type_traits>
#include <utility>

namespace roster::storage {

template <class Answer>
class CompletionHandler {
  public:
    virtual ~CompletionHandler() = default;
    /// Answers on the caller's executor. Called once.
    virtual void answer(Answer answer) = 0;
};

template <class Answer, class Handler, class Executor>
class HandlerWaiter final : public CompletionHandler<Answer> {
  public:
    HandlerWaiter(Handler handler, const Executor& executor)
        : handler_(std::move(handler)),
          // Keeps the caller's context running until the answer is there.
          executor_(boost::asio::prefer(executor, tracked())) {}

    void answer(Answer answer) override {
        boost::asio::post(executor_, Call{std::move(handler_), std::move(answer)});
    }

  private:
    struct Call {
        Handler handler;
        Answer answer;
        void operator()() { std::move(handler)(std::move(answer)); }
    };

    static constexpr auto tracked() { return boost::asio::execution::outstanding_work.tracked; }

    using WorkingExecutor =
        std::decay_t<decltype(boost::asio::prefer(std::declval<const Executor&>(), tracked()))>;

    Handler handler_;
    WorkingExecutor executor_;
};

/// Awaits what `start` answers its waiter. `start` takes a
/// `std::unique_ptr<CompletionHandler<Answer>>` and returns at once.
template <class Answer, class Start>
boost::asio::awaitable<Answer> await_answer(Start start) {
    auto initiate = [start = std::move(start)](auto&& handler) mutable {
        using Handler = std::decay_t<decltype(handler)>;
        const auto executor = boost::asio::get_associated_executor(handler);
        using Waiting = HandlerWaiter<Answer, Handler, std::decay_t<decltype(executor)>>;
        start(std::make_unique<Waiting>(std::forward<decltype(handler)>(handler), executor));
    };
    return boost::asio::async_initiate<const boost::asio::use_awaitable_t<>, void(Answer)>(
        std::move(initiate), boost::asio::use_awaitable);
}

}  // namespace roster::storage
