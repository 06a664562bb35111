#include "storage/async_store.hpp"

#include <spdlog/logger.h>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/execution/outstanding_work.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <iterator>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace roster::storage {
namespace {

namespace asio = boost::asio;

// Whoever waits for a write to be durable.
class Waiter {
  public:
    virtual ~Waiter() = default;
    /// Answers on the caller's executor. Called once.
    virtual void answer(result<User> answer) = 0;
};

template <class Handler, class Executor>
class HandlerWaiter final : public Waiter {
  public:
    HandlerWaiter(Handler handler, const Executor& executor)
        : handler_(std::move(handler)),
          // Keeps the caller's context running until the answer is there.
          executor_(asio::prefer(executor, asio::execution::outstanding_work.tracked)) {}

    void answer(result<User> answer) override {
        asio::post(executor_, Answer{std::move(handler_), std::move(answer)});
    }

  private:
    struct Answer {
        Handler handler;
        result<User> answer;
        void operator()() { std::move(handler)(std::move(answer)); }
    };

    using WorkingExecutor = std::decay_t<decltype(asio::prefer(
        std::declval<const Executor&>(), asio::execution::outstanding_work.tracked))>;

    Handler handler_;
    WorkingExecutor executor_;
};

struct WaitingWrite {
    Write write;
    std::unique_ptr<Waiter> waiter;
};

}  // namespace

class AsyncStore::Writer {
  public:
    Writer(Backend& backend, std::shared_ptr<spdlog::logger> log, AsyncStoreLimits limits)
        : backend_(backend), log_(std::move(log)), limits_(limits), thread_([this] { run(); }) {}

    ~Writer() {
        {
            const std::lock_guard lock(mutex_);
            stopping_ = true;
        }
        wake_.notify_one();
        thread_.join();
    }

    void push(Write write, std::unique_ptr<Waiter> waiter) {
        {
            const std::lock_guard lock(mutex_);
            if (waiting_.size() < limits_.waiting_writes) {
                waiting_.push_back(WaitingWrite{std::move(write), std::move(waiter)});
            }
        }
        if (waiter)
            waiter->answer(Errc::overloaded);
        else
            wake_.notify_one();
    }

  private:
    void run() {
        for (;;) {
            std::vector<WaitingWrite> batch = next_batch();
            if (batch.empty()) return;
            commit(std::move(batch));
        }
    }

    // Everything that waits, up to the limit; nothing at the end.
    std::vector<WaitingWrite> next_batch() {
        std::unique_lock lock(mutex_);
        wake_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
        const std::size_t count = std::min(waiting_.size(), limits_.batch_writes);
        if (count == waiting_.size()) return std::exchange(waiting_, {});
        const auto end = waiting_.begin() + static_cast<std::ptrdiff_t>(count);
        std::vector<WaitingWrite> batch(std::move_iterator(waiting_.begin()),
                                        std::move_iterator(end));
        waiting_.erase(waiting_.begin(), end);
        return batch;
    }

    void commit(std::vector<WaitingWrite> batch) {
        std::vector<Write> writes;
        writes.reserve(batch.size());
        for (WaitingWrite& waiting : batch)
            writes.push_back(std::move(waiting.write));
        std::vector<result<User>> answers = try_commit(writes);
        // A backend that forgot an answer must not leave its caller waiting.
        answers.resize(batch.size(), result<User>(Errc::store_unavailable));
        for (std::size_t i = 0; i < batch.size(); ++i)
            batch[i].waiter->answer(std::move(answers[i]));
    }

    std::vector<result<User>> try_commit(const std::vector<Write>& writes) {
        try {
            return backend_.commit(writes);
        } catch (const std::exception& e) {
            if (log_) log_->critical("store: a commit failed unexpectedly: {}", e.what());
        } catch (...) {
            if (log_) log_->critical("store: a commit failed unexpectedly");
        }
        return {};
    }

    Backend& backend_;
    std::shared_ptr<spdlog::logger> log_;
    AsyncStoreLimits limits_;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::vector<WaitingWrite> waiting_;
    bool stopping_ = false;
    std::thread thread_;
};

AsyncStore::AsyncStore(std::unique_ptr<Backend> backend, std::shared_ptr<spdlog::logger> log,
                       AsyncStoreLimits limits)
    : backend_(std::move(backend)),
      writer_(std::make_unique<Writer>(*backend_, std::move(log), limits)) {}

AsyncStore::~AsyncStore() = default;

asio::awaitable<result<User>> AsyncStore::find(UserId id) {
    co_return backend_->find(id);
}

asio::awaitable<result<User>> AsyncStore::find_by_email(std::string email) {
    co_return backend_->find_by_email(email);
}

asio::awaitable<result<std::vector<User>>> AsyncStore::list(UserId after, std::size_t limit) {
    co_return backend_->list(after, limit);
}

namespace {

template <class Push>
struct StartWrite {
    Push push;

    template <class Handler>
    void operator()(Handler&& handler, Write write) {
        const auto executor = asio::get_associated_executor(handler);
        using Waiting = HandlerWaiter<std::decay_t<Handler>, std::decay_t<decltype(executor)>>;
        push(std::move(write), std::make_unique<Waiting>(std::forward<Handler>(handler), executor));
    }
};

}  // namespace

asio::awaitable<result<User>> AsyncStore::apply(Write write) {
    auto push = [writer = writer_.get()](Write accepted, std::unique_ptr<Waiter> waiter) {
        writer->push(std::move(accepted), std::move(waiter));
    };
    return asio::async_initiate<const asio::use_awaitable_t<>, void(result<User>)>(
        StartWrite<decltype(push)>{push}, asio::use_awaitable, std::move(write));
}

StoreStatus AsyncStore::status() const {
    return backend_->status();
}

std::string AsyncStore::url() const {
    return backend_->url();
}

}  // namespace roster::storage
