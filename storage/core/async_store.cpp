#include "storage/core/async_store.hpp"

#include <roster/log.hpp>

#include <algorithm>
#include <exception>
#include <utility>

namespace roster::storage {

namespace asio = boost::asio;

namespace {

constexpr std::size_t kReaderThreads = 4;
constexpr std::size_t kSearchThreads = 2;
// Little beside a commit over a network.
constexpr std::chrono::microseconds kGathering{100};

CommitQueueLimits with_gathering(CommitQueueLimits limits, bool is_shared) {
    if (is_shared) limits.gathering = kGathering;
    return limits;
}

template <class Read>
asio::awaitable<std::invoke_result_t<Read&>> answer_here(Read read) {
    co_return read();
}

}  // namespace

AsyncStore::AsyncStore(std::unique_ptr<Backend> backend, std::shared_ptr<Log> log,
                       CommitQueueLimits limits)
    : backend_(std::move(backend)),
      log_(std::move(log)),
      is_shared_(backend_->is_shared()),
      reads_block_(backend_->reads_may_block()),
      readers_(reads_block_ ? kReaderThreads : kSearchThreads),
      users_([this](std::vector<UserJob> jobs) { commit_jobs(std::move(jobs)); },
             with_gathering(limits, is_shared_)),
      sessions_([this](std::vector<SessionJob> jobs) { commit_sessions(std::move(jobs)); },
                with_gathering(limits, is_shared_)) {
    if (is_shared_)
        lookups_.emplace([this](std::vector<LookupJob> jobs) { answer_lookups(std::move(jobs)); },
                         limits);
}

template <class Read>
auto AsyncStore::read(Read read) {
    return reads_block_ ? readers_.run(std::move(read)) : answer_here(std::move(read));
}

template <class Answer>
asio::awaitable<Answer> AsyncStore::look_up(Lookup lookup) {
    return await_answer<Answer>([this, lookup = std::move(lookup)](Waiter<Answer> waiter) mutable {
        LookupJob job{std::move(lookup), std::move(waiter)};
        if (!lookups_->push(job)) std::get<Waiter<Answer>>(job.waiter)->answer(Errc::overloaded);
    });
}

template <class Answer, class Call>
Answer AsyncStore::try_call(Answer failure, std::string_view what, Call call) {
    try {
        return call();
    } catch (const std::exception& e) {
        if (log_) log_->error("store: {} failed unexpectedly: {}", what, e.what());
    } catch (...) {
        if (log_) log_->error("store: {} failed unexpectedly", what);
    }
    return failure;
}

template <class Answer, class Call>
Answer AsyncStore::try_commit(Answer failure, std::size_t writes, CommitFigures& figures,
                              Call call) {
    const auto began = std::chrono::steady_clock::now();
    Answer answer = try_call(std::move(failure), "a commit", std::move(call));
    const auto took = std::chrono::steady_clock::now() - began;
    const std::lock_guard lock(figures_mutex_);
    figures.add(writes, took);
    return answer;
}

asio::awaitable<result<User>> AsyncStore::find(UserId id) {
    if (lookups_) return look_up<result<User>>(Lookup(Lookup::By::id, id));
    return read([this, id] { return backend_->find(id); });
}

asio::awaitable<result<User>> AsyncStore::find_by_login(std::string login) {
    if (lookups_) return look_up<result<User>>(Lookup(Lookup::By::login, std::move(login)));
    return read([this, login = std::move(login)] { return backend_->find_by_login(login); });
}

asio::awaitable<result<std::vector<User>>> AsyncStore::list(UserId after, std::size_t limit) {
    return read([this, after, limit] { return backend_->list(after, limit); });
}

asio::awaitable<result<UserPage>> AsyncStore::search(UserQuery query) {
    return readers_.run([this, query = std::move(query)]() -> result<UserPage> {
        return try_call(result<UserPage>(Errc::store_unavailable), "a search",
                        [&] { return backend_->search(query); });
    });
}

asio::awaitable<result<AuthState>> AsyncStore::auth_state(UserId id) {
    if (lookups_) return look_up<result<AuthState>>(Lookup(Lookup::By::auth_state, id));
    return answer_here([this, id] { return backend_->auth_state(id); });
}

result<AuthState> AsyncStore::auth_state_now(UserId id, User& user) {
    if (lookups_) return Errc::internal;
    return backend_->auth_state_now(id, user);
}

asio::awaitable<result<ProvenSession>> AsyncStore::prove(SessionDigest digest) {
    if (lookups_) return look_up<result<ProvenSession>>(Lookup(digest));
    return answer_here([] { return result<ProvenSession>(Errc::internal); });
}

asio::awaitable<result<std::vector<Session>>> AsyncStore::sessions_of(UserId user) {
    return read([this, user] { return backend_->sessions_of(user); });
}

asio::awaitable<result<std::vector<Session>>> AsyncStore::list_sessions(SessionId after,
                                                                        std::size_t limit) {
    return read([this, after, limit] { return backend_->list_sessions(after, limit); });
}

asio::awaitable<result<std::vector<LimiterRecord>>> AsyncStore::limiter_records() {
    return read([this] { return backend_->limiter_records(); });
}

asio::awaitable<result<User>> AsyncStore::apply(Write write) {
    using Answer = result<User>;
    return await_answer<Answer>([this, write = std::move(write)](
                                    std::unique_ptr<CompletionHandler<Answer>> waiter) mutable {
        UserJob job = SingleWrite{std::move(write), std::move(waiter)};
        if (!users_.push(job)) std::get<SingleWrite>(job).waiter->answer(Errc::overloaded);
    });
}

asio::awaitable<result<std::vector<User>>> AsyncStore::apply_all(std::vector<Write> writes) {
    using Answer = result<std::vector<User>>;
    return await_answer<Answer>([this, writes = std::move(writes)](
                                    std::unique_ptr<CompletionHandler<Answer>> waiter) mutable {
        UserJob job = WriteGroup{std::move(writes), std::move(waiter)};
        if (!users_.push(job)) std::get<WriteGroup>(job).waiter->answer(Errc::overloaded);
    });
}

asio::awaitable<result<SessionResult>> AsyncStore::apply_session(SessionWrite write) {
    using Answer = result<SessionResult>;
    return await_answer<Answer>([this, write = std::move(write)](
                                    std::unique_ptr<CompletionHandler<Answer>> waiter) mutable {
        SessionJob job{std::move(write), std::move(waiter)};
        if (!sessions_.push(job)) job.waiter->answer(Errc::overloaded);
    });
}

void AsyncStore::answer_lookups(std::vector<LookupJob> jobs) {
    std::vector<Lookup> lookups;
    lookups.reserve(jobs.size());
    for (LookupJob& job : jobs)
        lookups.push_back(std::move(job.lookup));
    using Answers = std::vector<LookupAnswer>;
    Answers answers = try_call(Answers(), "a look-up", [&] { return backend_->look_up(lookups); });
    for (std::size_t i = 0; i < jobs.size(); ++i) {
        const auto answer = [&]<class Answer>(const Waiter<Answer>& waiter) {
            auto* its = i < answers.size() ? std::get_if<Answer>(&answers[i]) : nullptr;
            waiter->answer(its != nullptr ? std::move(*its) : Answer(Errc::store_unavailable));
        };
        std::visit(answer, jobs[i].waiter);
    }
}

// A group is a batch of its own; the single writes between two groups are one batch. Keeps the
// order.
void AsyncStore::commit_jobs(std::vector<UserJob> jobs) {
    std::vector<SingleWrite> singles;
    for (UserJob& job : jobs) {
        if (auto* single = std::get_if<SingleWrite>(&job)) {
            singles.push_back(std::move(*single));
            continue;
        }
        commit_singles(std::exchange(singles, {}));
        commit_group(std::move(std::get<WriteGroup>(job)));
    }
    commit_singles(std::move(singles));
}

void AsyncStore::commit_singles(std::vector<SingleWrite> singles) {
    if (singles.empty()) return;
    std::vector<Write> writes;
    writes.reserve(singles.size());
    for (SingleWrite& single : singles)
        writes.push_back(std::move(single.write));
    using Answers = std::vector<result<User>>;
    Answers answers = try_commit(Answers(), writes.size(), figures_.users,
                                 [&] { return backend_->commit(writes); });
    // A missing answer of the backend must not leave the caller waiting.
    answers.resize(singles.size(), result<User>(Errc::store_unavailable));
    for (std::size_t i = 0; i < singles.size(); ++i)
        singles[i].waiter->answer(std::move(answers[i]));
}

void AsyncStore::commit_group(WriteGroup group) {
    using Answer = result<std::vector<User>>;
    group.waiter->answer(try_commit(Answer(Errc::store_unavailable), group.writes.size(),
                                    figures_.users,
                                    [&] { return backend_->commit_all(group.writes); }));
}

void AsyncStore::commit_sessions(std::vector<SessionJob> jobs) {
    std::vector<SessionWrite> writes;
    writes.reserve(jobs.size());
    for (SessionJob& job : jobs)
        writes.push_back(std::move(job.write));
    using Answers = std::vector<result<SessionResult>>;
    Answers answers = try_commit(Answers(), writes.size(), figures_.sessions,
                                 [&] { return backend_->commit_sessions(writes); });
    answers.resize(jobs.size(), result<SessionResult>(Errc::store_unavailable));
    for (std::size_t i = 0; i < jobs.size(); ++i)
        jobs[i].waiter->answer(std::move(answers[i]));
}

StoreStatus AsyncStore::status() const {
    return backend_->status();
}

StoreFigures AsyncStore::figures() const {
    const std::lock_guard lock(figures_mutex_);
    return figures_;
}

std::string AsyncStore::url() const {
    return backend_->url();
}

}  // namespace roster::storage

namespace roster {
namespace {

template <class Bounds>
std::size_t bucket_of(const Bounds& bounds, double value) noexcept {
    const auto bound = std::lower_bound(bounds.begin(), bounds.end(), value);
    return static_cast<std::size_t>(bound - bounds.begin());
}

}  // namespace

void CommitFigures::add(std::size_t batch, std::chrono::nanoseconds took) noexcept {
    ++sizes.at(bucket_of(kSizeBounds, static_cast<double>(batch)));
    ++times.at(bucket_of(kTimeBounds, std::chrono::duration<double>(took).count()));
    writes += batch;
    time += took;
}

}  // namespace roster
