#pragma once

// Makes an asynchronous Store of a Backend: one thread commits users, another one sessions and the
// rate limiter's records. All writes that wait for a thread are one batch: group commit for every
// backend. Look-ups that would each wait for a round trip are gathered by a third thread.

#include <roster/store.hpp>

#include "storage/core/backend.hpp"
#include "storage/core/store_threads.hpp"

#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <variant>

namespace roster::storage {

/// Reads run on the caller's thread if the backend has its users in memory. If they may wait for a
/// disk, they run on threads of their own; so do all searches, and what every request asks of a
/// shared store.
///
/// Lifetime: the destructor commits and answers all accepted writes.
class AsyncStore final : public Store {
  public:
    /// `limits` hold for each of the two queues; a group of writes counts as one.
    AsyncStore(std::unique_ptr<Backend> backend, std::shared_ptr<Log> log,
               CommitQueueLimits limits = {});

    boost::asio::awaitable<result<User>> find(UserId id) override;
    boost::asio::awaitable<result<User>> find_by_login(std::string login) override;
    boost::asio::awaitable<result<std::vector<User>>> list(UserId after,
                                                           std::size_t limit) override;
    boost::asio::awaitable<result<UserPage>> search(UserQuery query) override;
    boost::asio::awaitable<result<User>> apply(Write write) override;
    boost::asio::awaitable<result<std::vector<User>>> apply_all(std::vector<Write> writes) override;
    boost::asio::awaitable<result<AuthState>> auth_state(UserId id) override;
    result<AuthState> auth_state_now(UserId id, User& user) override;
    bool is_shared() const override { return is_shared_; }
    boost::asio::awaitable<result<ProvenSession>> prove(SessionDigest digest) override;
    boost::asio::awaitable<result<std::vector<Session>>> sessions_of(UserId user) override;
    boost::asio::awaitable<result<std::vector<Session>>> list_sessions(SessionId after,
                                                                       std::size_t limit) override;
    boost::asio::awaitable<result<std::vector<LimiterRecord>>> limiter_records() override;
    boost::asio::awaitable<result<SessionResult>> apply_session(SessionWrite write) override;
    StoreStatus status() const override;
    std::string url() const override;
    StoreFigures figures() const override;

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

    template <class Answer>
    using Waiter = std::unique_ptr<CompletionHandler<Answer>>;
    struct LookupJob {
        Lookup lookup;
        std::variant<Waiter<result<User>>, Waiter<result<AuthState>>, Waiter<result<ProvenSession>>>
            waiter;
    };

    template <class Read>
    auto read(Read read);
    template <class Answer>
    boost::asio::awaitable<Answer> look_up(Lookup lookup);

    void answer_lookups(std::vector<LookupJob> jobs);

    void commit_jobs(std::vector<UserJob> jobs);
    void commit_singles(std::vector<SingleWrite> singles);
    void commit_group(WriteGroup group);
    void commit_sessions(std::vector<SessionJob> jobs);
    template <class Answer, class Call>
    Answer try_call(Answer failure, std::string_view what, Call call);
    template <class Answer, class Call>
    Answer try_commit(Answer failure, std::size_t writes, CommitFigures& figures, Call call);

    std::unique_ptr<Backend> backend_;
    std::shared_ptr<Log> log_;
    bool is_shared_;
    bool reads_block_;
    mutable std::mutex figures_mutex_;
    StoreFigures figures_;
    // Only for searches if reads do not block: a scan takes longer than a lookup.
    ReadPool readers_;
    CommitQueue<UserJob> users_;
    CommitQueue<SessionJob> sessions_;
    // Empty if the backend does not gather look-ups.
    std::optional<CommitQueue<LookupJob>> lookups_;
};

}  // namespace roster::storage
