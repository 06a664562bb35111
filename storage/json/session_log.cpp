#include "storage/json/session_log.hpp"

#include "storage/json/session_log_format.hpp"

#include <roster/log.hpp>

#include <algorithm>
#include <utility>

namespace roster::storage {
namespace {

// Of a file that is written as a whole.
constexpr std::size_t kSessionsPerBatch = 512;

// About as much as the living sessions and last log-ins take when the log is compacted.
std::uint64_t estimate_compact_bytes(const ConcurrentSessionTable& sessions) {
    constexpr std::uint64_t kSessionBytes = 400;
    constexpr std::uint64_t kLoginBytes = 40;
    return kSessionBytes * sessions.size() + kLoginBytes * sessions.last_logins().size();
}

Batch to_batch(std::span<const SessionStep> steps) {
    Batch batch;
    for (const SessionStep& step : steps)
        append_step(step, batch.lines);
    batch.count = steps.size();
    return batch;
}

}  // namespace

std::string session_log_path(const std::string& users_file) {
    return users_file + ".sessions";
}

LoadedSessions load_sessions(FileSystem& files, const std::string& path) {
    LoadedSessions loaded;
    const LogText log(files, path);
    const LogScan& scan = log.scan();
    if (!scan.batches.empty()) loaded.next_batch = scan.batches.front().number;
    for (const FramedBatch& batch : scan.batches) {
        if (batch.number != loaded.next_batch)
            log.refuse(batch, "batch " + std::to_string(batch.number) + " where batch " +
                                  std::to_string(loaded.next_batch) + " must follow");
        const bool makes_sense = read_steps(
            batch.lines, batch.count, [&](const SessionStep& step) { loaded.index.apply(step); });
        if (!makes_sense) log.refuse(batch, "a batch that is whole, but makes no sense");
        ++loaded.next_batch;
    }
    loaded.good_bytes = scan.good_bytes;
    loaded.torn_bytes = scan.torn_bytes;
    return loaded;
}

SessionIndex recover_sessions(std::string_view text) {
    SessionIndex index;
    for (auto batch = next_framed_batch(text, 0); batch;
         batch = next_framed_batch(text, batch->end))
        (void)read_steps(batch->lines, batch->count,
                         [&](const SessionStep& step) { index.apply(step); });
    return index;
}

result<SessionLogWriter> SessionLogWriter::create(FileSystem& files, const std::string& path,
                                                  const FileInfo& owner) {
    auto file = TemporaryFile::create(files, path);
    if (!file) return file.error();
    const auto owned = file->file().set_owner_and_mode(owner.as_private());
    if (!owned) return owned.error();
    return SessionLogWriter(std::move(*file));
}

result<void> SessionLogWriter::put(std::span<const SessionStep> steps) {
    return put(to_batch(steps));
}

result<void> SessionLogWriter::put(Batch batch) {
    if (batch.count == 0) return {};
    batch.number = next_batch_++;
    const std::string bytes = frame(batch);
    size_bytes_ += bytes.size();
    const auto appended = file_.append(bytes);
    return appended ? file_.flush() : appended;
}

result<void> SessionLogWriter::put_all(const ConcurrentSessionTable& sessions,
                                       std::chrono::sys_seconds now) {
    std::vector<SessionStep> steps = {NextSession{sessions.next_id()}};
    for (LimiterRecord& record : sessions.limiter_records(now))
        steps.emplace_back(std::move(record));
    auto written = put(steps);
    const auto logins = sessions.last_logins();
    for (std::span rest(logins); written && !rest.empty();) {
        const auto some = rest.first(std::min(rest.size(), kSessionsPerBatch));
        written = put(std::vector<SessionStep>(1, RecordLogins({some.begin(), some.end()})));
        rest = rest.subspan(some.size());
    }
    SessionId after = 0;
    while (written) {
        const auto page = sessions.list(after, kSessionsPerBatch);
        if (page.empty()) break;
        after = page.back().id;
        written = put(std::vector<SessionStep>(page.begin(), page.end()));
    }
    return written;
}

SessionLog::SessionLog(std::shared_ptr<FileSystem> files, const std::string& users_file,
                       const FileInfo& owner, SessionTransaction::UserExists user_exists,
                       OpenOptions options, std::uint64_t worthwhile_bytes)
    : options_(std::move(options)),
      files_(std::move(files)),
      path_(session_log_path(users_file)),
      owner_(owner),
      user_exists_(std::move(user_exists)),
      worthwhile_bytes_(worthwhile_bytes),
      log_(options_.log, "nobody can log in or out meanwhile") {
    LoadedSessions loaded = load_sessions(*files_, path_);
    orphaned_ = loaded.index.forget_users_unless(user_exists_);
    next_batch_ = loaded.next_batch;
    sessions_.begin_with(std::move(loaded.index));
    sessions_.forget_expired(options_.now());
    if (loaded.good_bytes > worthwhile_bytes_) compact_bytes_ = estimate_compact_bytes(sessions_);
    if (loaded.torn_bytes > 0 && options_.log)
        options_.log->warn("{}: ends with {} bytes that were never acknowledged; they are cut off",
                           path_, loaded.torn_bytes);
    remove_stale_temporaries(*files_, path_);
    must(log_.open(*files_, path_, loaded.good_bytes, owner_), path_, "opened");
}

std::vector<result<SessionResult>> SessionLog::commit(std::span<const SessionWrite> writes) {
    const std::lock_guard lock(commit_mutex_);
    DecidedSessions decided = sessions_.decide(writes, user_exists_, options_.now());
    if (decided.steps.empty()) return std::move(decided.answers);
    if (append(decided.steps)) {
        publish(decided.steps);
        return std::move(decided.answers);
    }
    for (result<SessionResult>& answer : decided.answers)
        if (answer) answer = Errc::store_unavailable;
    return std::move(decided.answers);
}

bool SessionLog::append(const std::vector<SessionStep>& steps) {
    Batch batch = to_batch(steps);
    batch.number = next_batch_;
    if (!log_.append(batch)) return false;
    ++next_batch_;
    if (meanwhile_) {
        meanwhile_->lines += batch.lines;
        meanwhile_->count += batch.count;
    }
    return true;
}

// What is durable must become visible; if even memory fails, nothing may be built on the rest.
void SessionLog::publish(const std::vector<SessionStep>& steps) {
    try {
        add_orphaned(sessions_.publish(steps, user_exists_));
    } catch (...) {
        log_.stop();
        throw;
    }
}

void SessionLog::forget_user(UserId user) {
    add_orphaned(sessions_.forget_user(user));
}

void SessionLog::add_orphaned(const std::vector<SessionId>& ids) {
    const std::lock_guard lock(orphaned_mutex_);
    orphaned_.insert(orphaned_.end(), ids.begin(), ids.end());
}

void SessionLog::write_orphaned() {
    std::vector<SessionId> ids;
    {
        const std::lock_guard lock(orphaned_mutex_);
        ids.swap(orphaned_);
    }
    if (ids.empty()) return;
    const std::lock_guard lock(commit_mutex_);
    if (!append({EndSessions(ids)})) add_orphaned(ids);
}

void SessionLog::try_again() {
    const std::lock_guard lock(commit_mutex_);
    log_.try_again();
}

bool SessionLog::should_be_compacted() const noexcept {
    const std::uint64_t bytes = log_.size_bytes();
    return log_.is_writable() && bytes > worthwhile_bytes_ && bytes > 2 * compact_bytes_;
}

// Steps say what is so, not what became different. So those that are committed while the living
// sessions are gathered, a few at a time, may follow them: what a gathered session was does not
// matter once a later step speaks of it.
void SessionLog::compact() {
    sessions_.forget_expired(options_.now());
    {
        const std::lock_guard lock(commit_mutex_);
        if (!log_.is_writable()) return;
        meanwhile_.emplace();
    }
    auto writer = SessionLogWriter::create(*files_, path_, owner_);
    const auto written =
        writer ? writer->put_all(sessions_, options_.now()) : result<void>(writer.error());
    // The bulk of it, while no commit waits.
    const auto synced = written ? writer->sync() : result<void>();
    const std::lock_guard lock(commit_mutex_);
    if (!written)
        not_compacted(written.error());
    else if (!synced)
        log_.fail(path_, synced.error());
    else if (log_.is_writable())
        put_in_place(*writer);
    meanwhile_.reset();
}

// Both files hold everything that was acknowledged, whichever of them a power cut leaves.
void SessionLog::put_in_place(SessionLogWriter& writer) {
    if (meanwhile_->count > 0) {
        const auto written = writer.put(std::move(*meanwhile_));
        if (!written) return not_compacted(written.error());
        const auto synced = writer.sync();
        if (!synced) return log_.fail(path_, synced.error());
    }
    const auto renamed = writer.put_in_place();
    if (!renamed) return not_compacted(renamed.error());
    const auto synced = files_->sync_directory(directory_of(path_));
    if (!synced) return log_.fail(path_, synced.error());
    next_batch_ = writer.next_batch();
    log_.continue_in(writer.take_file(), writer.size_bytes());
    compact_bytes_ = writer.size_bytes();
}

// The old file is used on; the next attempt is made when it has grown as much again.
void SessionLog::not_compacted(const boost::system::error_code& error) {
    compact_bytes_ = log_.size_bytes();
    if (options_.log)
        options_.log->error("{}: cannot be compacted: {}; it grows meanwhile", path_,
                            error.message());
}

}  // namespace roster::storage
