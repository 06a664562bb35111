#include "storage/json/session_log.hpp"

#include "storage/json/atomic_file.hpp"
#include "storage/json/framed_batch.hpp"
#include "storage/json/session_log_format.hpp"

#include <roster/log.hpp>

#include <utility>

namespace roster::storage {
namespace {

constexpr std::size_t kSessionsPerBatch = 512;

std::uint64_t bare_bytes_of(const SessionIndex& index) {
    std::string line;
    std::uint64_t bytes = 0;
    std::vector<Session> sessions;
    do {
        const SessionId after = sessions.empty() ? 0 : sessions.back().id;
        sessions.clear();
        index.append_sessions(after, kSessionsPerBatch, sessions);
        for (Session& session : sessions) {
            line.clear();
            append_step(session, line);
            bytes += line.size();
        }
    } while (!sessions.empty());
    return bytes;
}

}  // namespace

SessionLog::SessionLog(CompanionPlace place, SessionTransaction::UserExists user_exists,
                       OpenOptions options, std::uint64_t worthwhile_bytes)
    : options_(std::move(options)),
      files_(std::move(place.files)),
      path_(access_path(place.book)),
      owner_(place.owner),
      user_exists_(std::move(user_exists)),
      worthwhile_bytes_(worthwhile_bytes) {
    constexpr std::uint32_t kPrivate = 0600;
    owner_.mode = kPrivate;
    LoadedSessions loaded = load_access(*files_, path_);
    loaded.index.forget_expired(options_.now());
    forgotten_ = loaded.index.forget_users_unless(user_exists_);
    next_batch_ = loaded.next_batch;
    size_bytes_ = loaded.good_bytes;
    if (size_bytes_ > worthwhile_bytes_) bare_bytes_ = bare_bytes_of(loaded.index);
    access_.begin_with(std::move(loaded.index));
    if (loaded.torn_bytes > 0 && options_.log)
        options_.log->warn("{}: ends with {} bytes that were never acknowledged; they are cut off",
                           path_, loaded.torn_bytes);
    AtomicFile(*files_, path_).remove_stale_temporaries();
    auto log = DurableLog::open(*files_, path_, loaded.good_bytes, owner_);
    result<void> opened;
    if (log)
        opened = files_->sync_directory(directory_of(path_));
    else
        opened = log.error();
    if (!opened)
        throw StartupError(Errc::store_unavailable,
                           path_ + ": cannot be opened: " + opened.error().message());
    log_ = std::move(*log);
}

std::vector<result<SessionResult>> SessionLog::commit(std::span<const SessionWrite> writes) {
    const std::lock_guard lock(commit_mutex_);
    DecidedSessions decided = access_.decide(writes, user_exists_);
    if (decided.steps.empty()) return std::move(decided.answers);
    if (append(decided.steps)) {
        publish(decided.steps);
        return std::move(decided.answers);
    }
    for (result<SessionResult>& answer : decided.answers)
        if (answer) answer = Errc::store_unavailable;
    return std::move(decided.answers);
}

bool SessionLog::append(const std::vector<AccessStep>& steps) {
    if (!writable_) return false;
    std::string lines;
    for (const AccessStep& step : steps)
        append_step(step, lines);
    boost::system::error_code error;
    switch (log_.append(framed_batch(next_batch_, steps.size(), lines), error)) {
        case DurableLog::Outcome::done: break;
        case DurableLog::Outcome::undone:
            if (!append_failed_ && options_.log)
                options_.log->error("{}: cannot be written: {}; nobody can log in or out meanwhile",
                                    path_, error.message());
            append_failed_ = true;
            return false;
        case DurableLog::Outcome::failed: fail(error); return false;
    }
    if (append_failed_ && options_.log) options_.log->info("{}: can be written again", path_);
    append_failed_ = false;
    ++next_batch_;
    size_bytes_ = log_.size_bytes();
    if (meanwhile_) {
        meanwhile_->lines += lines;
        meanwhile_->count += steps.size();
    }
    return true;
}

// What is durable must become visible; if even memory fails, nothing may be built upon the rest.
void SessionLog::publish(const std::vector<AccessStep>& steps) {
    try {
        remember_forgotten(access_.publish(steps, user_exists_));
    } catch (...) {
        writable_ = false;
        throw;
    }
}

void SessionLog::forget_user(UserId user) {
    remember_forgotten(access_.forget_user(user));
}

void SessionLog::remember_forgotten(const std::vector<SessionId>& ids) {
    const std::lock_guard lock(forgotten_mutex_);
    forgotten_.insert(forgotten_.end(), ids.begin(), ids.end());
}

void SessionLog::write_forgotten() {
    std::vector<SessionId> ids;
    {
        const std::lock_guard lock(forgotten_mutex_);
        ids.swap(forgotten_);
    }
    if (ids.empty()) return;
    const std::lock_guard lock(commit_mutex_);
    if (!append({EndSessions(ids)})) remember_forgotten(ids);
}

void SessionLog::fail(const boost::system::error_code& error) {
    writable_ = false;
    if (options_.log)
        options_.log->error(
            "{}: what was written could not be made durable: {}. Nobody can log in or out until "
            "the server is started again.",
            path_, error.message());
}

bool SessionLog::should_be_written_anew() const noexcept {
    return writable_ && size_bytes_ > worthwhile_bytes_ && size_bytes_ > 2 * bare_bytes_;
}

// Steps say what is so, not what became different. So those that are committed while the living
// ones are gathered, a few at a time, may come behind them: what a gathered session was matters
// no more, once a later step speaks of it.
void SessionLog::write_anew() {
    access_.forget_expired(options_.now());
    {
        const std::lock_guard lock(commit_mutex_);
        if (!writable_) return;
        meanwhile_.emplace();
    }
    auto writer = SessionLogWriter::begin(*files_, path_, owner_);
    const auto written =
        writer ? writer->put_all(access_, options_.now()) : result<void>(writer.error());
    // The bulk of it, while nobody waits.
    const auto synced = written ? writer->sync() : result<void>();
    const std::lock_guard lock(commit_mutex_);
    if (!written)
        not_written_anew(written.error());
    else if (!synced)
        fail(synced.error());
    else if (writable_)
        put_in_place(*writer);
    meanwhile_.reset();
}

// Both files hold everything that was acknowledged, whichever of them a power cut leaves.
void SessionLog::put_in_place(SessionLogWriter& writer) {
    if (meanwhile_->count > 0) {
        const auto written = writer.put_lines(meanwhile_->lines, meanwhile_->count);
        if (!written) return not_written_anew(written.error());
        const auto synced = writer.sync();
        if (!synced) return fail(synced.error());
    }
    const auto renamed = writer.put_in_place();
    if (!renamed) return not_written_anew(renamed.error());
    const auto synced = files_->sync_directory(directory_of(path_));
    if (!synced) return fail(synced.error());
    next_batch_ = writer.next_batch();
    log_ = writer.take_log();
    size_bytes_ = log_.size_bytes();
    bare_bytes_ = log_.size_bytes();
}

// The old file goes on; the next attempt is made when it has grown as much again.
void SessionLog::not_written_anew(const boost::system::error_code& error) {
    bare_bytes_ = size_bytes_.load();
    if (options_.log)
        options_.log->error("{}: cannot be written anew: {}; it goes on growing meanwhile", path_,
                            error.message());
}

}  // namespace roster::storage
