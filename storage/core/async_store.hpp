#pragma once

// Makes a Store of a Backend: one thread writes users, another one sessions and the throttle's
// memory, and everything that waits for one of them goes as one batch.
// While one batch is being made durable the next one gathers: group commit for every backend.

#include <roster/store.hpp>

#include "storage/core/backend.hpp"
#include "storage/core/commit_queue.hpp"
#include "storage/core/completion_handler.hpp"
#include "storage/core/read_pool.hpp"

#include <memory>
#include <string_view>
#include <variant>

namespace roster::storage {

/// Reads are answered on the caller's thread where the backend has them in memory; where they may
/// wait for a disk, and searches always, by threads of their own.
///
/// Lifetime: the destructor makes durable and answers what was accepted.
class AsyncStore final : public Store {
  public:
    /// `limits` hold for each of the two queues; a group of writes counts as one.
    AsyncStore(std::unique_ptr<Backend> backend, std::shared_ptr<Log> log,
               CommitQueueLimits limits = {});

    boost::asio::awaitable<result<User>> find(UserId id) override;
    boost::asio::awaitable<result<User>> find_by_email(std::string email) override;
    boost::asio::awaitable<result<std::vector<User>>> list(UserId after,
                                                           std::size_t limit) override;
    boost::asio::awaitable<result<UserPage>> search(UserQuery query) override;
    boost::asio::awaitable<result<User>> apply(Write write) override;
    boost::asio::awaitable<result<std::vector<User>>> apply_all(std::vector<Write> writes) override;
    boost::asio::awaitable<result<AuthState>> auth_state(UserId id) override;
    boost::asio::awaitable<result<std::vector<Session>>> sessions_of(UserId user) override;
    boost::asio::awaitable<result<std::vector<Session>>> list_sessions(SessionId after,
                                                                       std::size_t limit) override;
    boost::asio::awaitable<result<std::vector<LimiterRecord>>> limiter_records() override;
    boost::asio::awaitable<result<SessionResult>> apply_session(SessionWrite write) override;
    StoreStatus status() const override;
    std::string url() const override;

  private:
    struct SingleWrite {
        Write write;
        std::unique_ptr<CompletionHandler<result<User>>> waiter;
    };
    struct WriteGroup {
        std::vector<Write> writes;
        std::unique_ptr<CompletionHandler<result<std::vector<User>>>> waiter;
    };
    using UserJob = std::variant<SingleWrite, WriteGroup>;
    struct SessionJob {
        SessionWrite write;
        std::unique_ptr<CompletionHandler<result<SessionResult>>> waiter;
    };

    template <class Read>
    auto read(Read read);

    void commit_jobs(std::vector<UserJob> jobs);
    void commit_singles(std::vector<SingleWrite> singles);
    void commit_group(WriteGroup group);
    void commit_access(std::vector<SessionJob> jobs);
    template <class Answer, class Call>
    Answer try_call(Answer failure, std::string_view what, Call call);

    std::unique_ptr<Backend> backend_;
    std::shared_ptr<Log> log_;
    bool reads_block_;
    // Where reads do not block, for searches alone: those take longer than a look into memory.
    ReadPool readers_;
    CommitQueue<UserJob> users_;
    CommitQueue<SessionJob> access_;
};

}  // namespace roster::storage
