#include "storage/transfer/store_transfer.hpp"

#include "core/files/file_system.hpp"
#include "core/time.hpp"
#include "storage/drivers.hpp"
#include "storage/transfer/row_digest.hpp"
#include "storage/transfer/transfer_endpoint.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <utility>

namespace roster::storage {
namespace {

// What is copied into the new store.
struct Selection {
    bool with_sessions = true;
    bool with_unknown_members = true;
};

// Counts rows, and reports progress every thousand rows.
class ProgressCounter {
  public:
    ProgressCounter(const TransferOptions& options, std::string what, std::uint64_t total)
        : options_(options), what_(std::move(what)), total_(total) {}

    void count() {
        constexpr std::uint64_t kEvery = 1024;
        if (++done_ % kEvery == 0) tell();
    }
    void tell() const {
        if (options_.tell) options_.tell(what_, done_, total_);
    }

  private:
    const TransferOptions& options_;
    std::string what_;
    std::uint64_t total_;
    std::uint64_t done_ = 0;
};

// Calls `take` with every selected row. Returns how many users had unknown members that were left
// out.
template <class Take>
std::uint64_t walk(StoreReader& contents, const Selection& selection, ProgressCounter& progress,
                   Take take) {
    std::uint64_t without = 0;
    contents.users([&](const User& user, std::string_view unknown) {
        if (!selection.with_unknown_members && !unknown.empty()) {
            ++without;
            unknown = {};
        }
        take(user, unknown);
        progress.count();
    });
    if (!selection.with_sessions) return without;
    contents.sessions([&](const Session& session) {
        take(session);
        progress.count();
    });
    contents.limiter_records([&](const LimiterRecord& record) { take(record); });
    return without;
}

RowDigest::Value digest_of(StoreReader& contents, const Selection& selection,
                           ProgressCounter& progress) {
    RowDigest digest;
    digest.add(contents.totals());
    (void)walk(contents, selection, progress, [&](const auto&... row) { digest.add(row...); });
    return digest.finish();
}

std::uint64_t rows_of(const StoreTotals& totals) {
    return totals.users + totals.sessions;
}

StoreTotals selected(StoreTotals totals, const Selection& selection) {
    if (!selection.with_sessions) totals.sessions = 0;
    if (!selection.with_unknown_members) {
        totals.members_before_users.clear();
        totals.members_after_users.clear();
    }
    return totals;
}

// A copy that is read back says nothing about the source.
OpenOptions quiet(OpenOptions options) {
    options.log = {};
    return options;
}

// Writes the new store under a temporary name, reads it back, and compares.
class StoreBuilder {
  public:
    StoreBuilder(const TransferEndpoint& source, const TransferEndpoint& target,
                 const TransferOptions& options)
        : source_(source), target_(target), options_(options) {
        if (target.driver().has_files()) staged_.emplace(target.files(), target.store());
    }

    const std::string& path() const noexcept { return staged_ ? staged_->path() : target_.path(); }

    void fill(StoreReader& source, const StoreTotals& totals, Selection selection) {
        writer_ = target_.driver().make(path(), options_.open, target_.files());
        const bool loses_members = !writer_->keeps_unknown_members();
        if (loses_members) selection.with_unknown_members = false;
        done_.has_lost_file_members =
            loses_members && (!source.totals().members_before_users.empty() ||
                              !source.totals().members_after_users.empty());
        const StoreTotals wanted = selected(totals, selection);
        ProgressCounter progress(options_, "copying", rows_of(wanted));
        RowDigest digest;
        digest.add(wanted);
        writer_->begin(wanted);
        done_.users_with_lost_members = walk(source, selection, progress, [&](const auto&... row) {
            digest.add(row...);
            writer_->put(row...);
        });
        writer_->finish();
        if (staged_) writer_.reset();
        progress.tell();
        compare(digest.finish());
    }

    Transferred put_in_place(const std::string& keep,
                             StagedStore::Mode mode = StagedStore::Mode::as_before) {
        done_.bytes = target_.size_bytes(path());
        done_.url = target_.url();
        if (options_.before_placing) options_.before_placing();
        if (!staged_) {
            writer_->place();
            return std::move(done_);
        }
        if (!keep.empty()) done_.kept = target_.driver().url(target_.path() + keep);
        staged_->put_in_place(keep, mode);
        return std::move(done_);
    }

    // Reads the new store and returns its digest. An error names the source: the new store is
    // removed before a person could look at it.
    RowDigest::Value verify() {
        try {
            return read_back();
        } catch (const StartupError& error) {
            throw StartupError(
                error.code(),
                source_.url() + ": verification of the new store failed: " + error.what());
        }
    }

    Transferred& done() noexcept { return done_; }

  private:
    RowDigest::Value read_back() {
        const auto written = writer_ ? writer_->written()
                                     : target_.driver().read(path(), path() + ".again",
                                                             quiet(options_.open), target_.files());
        if (!written)
            throw StartupError(Errc::store_unavailable,
                               path() + ": was removed by another process");
        ProgressCounter progress(options_, "verifying", rows_of(written->totals()));
        done_.totals = written->totals();
        const auto digest = digest_of(*written, {}, progress);
        progress.tell();
        return digest;
    }

    void compare(const RowDigest::Value& wanted) {
        if (verify() == wanted) return;
        throw StartupError(Errc::store_unavailable,
                           target_.url() +
                               ": verification failed: the copy differs from its "
                               "source; check disk and memory");
    }

    const TransferEndpoint& source_;
    const TransferEndpoint& target_;
    const TransferOptions& options_;
    // Empty, and the writer kept, if the target has no files.
    std::optional<StagedStore> staged_;
    std::unique_ptr<StoreWriter> writer_;
    Transferred done_;
};

// A name for a temporary file beside a store; of a store without files none is needed.
class Scratch {
  public:
    explicit Scratch(const TransferEndpoint& beside) {
        if (beside.driver().has_files()) staged_.emplace(beside.files(), beside.store());
    }
    std::string path() const { return staged_ ? staged_->path() : ""; }

  private:
    std::optional<StagedStore> staged_;
};

[[noreturn]] void refuse_missing(const std::string& what) {
    throw StartupError(Errc::store_unavailable, what + ": does not exist");
}

void refuse_same_store(const TransferEndpoint& one, const TransferEndpoint& other) {
    if (one.owns(other.path()) || other.owns(one.path()))
        throw StartupError(Errc::invalid_request, other.url() + ": is a file of both stores");
}

struct OldStore {
    bool exists = false;
    bool is_readable = true;
    StoreTotals totals;

    // Nothing was ever written to it.
    bool is_empty() const { return is_readable && totals.users == 0 && totals.revision == 0; }
};

OldStore inspect_old_store(const TransferEndpoint& target, const OpenOptions& options) {
    OldStore old;
    old.exists = target.exists();
    if (!old.exists) return old;
    const Scratch scratch(target);
    try {
        const auto contents = target.read(quiet(options), scratch.path());
        if (contents) old.totals = contents->totals();
    } catch (const StartupError&) {
        // A database that is away is not replaced; a damaged file can be.
        if (!target.driver().has_files()) throw;
        old.is_readable = false;
    }
    return old;
}

std::string kept_name(const TransferEndpoint& target, std::chrono::sys_seconds now) {
    std::string time = to_rfc3339(now);
    std::erase_if(time, [](char c) { return c == '-' || c == ':'; });
    return free_ending(*target.files(), target.store(), ".before-restore-" + time);
}

const Driver& driver_of_backup(FileSystem& files, const std::string& path) {
    std::array<char, 64> begin{};
    const auto info = files.info(path);
    if (info && !info->is_regular)
        throw StartupError(Errc::store_unavailable, path + ": is not a regular file");
    const auto file = files.open(path, OpenMode::read);
    if (!file && is_not_found(file.error())) refuse_missing(path);
    const std::size_t got = must(file ? (*file)->read_at(0, begin) : file.error(), path, "read");
    const std::string_view beginning(begin.data(), got);
    for (const Driver& driver : drivers())
        if (!driver.magic.empty() && beginning.starts_with(driver.magic)) return driver;
    return drivers().front();
}

// The backup of a store without files is one with files: of a kind that is recognized by its first
// bytes, if there is one.
const Driver& driver_of_backups(const Driver& source) {
    if (source.has_files()) return source;
    for (const Driver& driver : drivers())
        if (!driver.magic.empty()) return driver;
    return drivers().front();
}

void lock_source(TransferEndpoint& source) {
    try {
        source.lock();
    } catch (const StartupError& error) {
        if (error.code() != Errc::store_locked) throw;
        throw StartupError(error.code(), std::string(error.what()) +
                                             ", or copy a backup of it: roster backup " +
                                             source.url() + " FILE");
    }
}

// A backup may be in a read-only directory; then no server has it open either.
void lock_backup(TransferEndpoint& backup) {
    try {
        backup.lock();
    } catch (const StartupError& error) {
        if (error.code() == Errc::store_locked) throw;
    }
}

}  // namespace

Transferred copy_store(const std::string& from, const std::string& to,
                       const TransferOptions& asked) {
    TransferOptions options = asked;
    options.open = with_clock(asked.open);
    const auto files = make_posix_file_system();
    TransferEndpoint source = TransferEndpoint::at_url(files, from);
    TransferEndpoint target = TransferEndpoint::at_url(files, to);
    refuse_same_store(source, target);
    if (!source.exists()) refuse_missing(source.url());
    lock_source(source);
    target.lock();
    if (!options.replace && !inspect_old_store(target, options.open).is_empty())
        throw TargetOccupied(target.url() + ": is not empty");
    const Scratch scratch(target.driver().has_files() ? target : source);
    const auto at = options.open.now();
    const auto contents = source.read(options.open, scratch.path());
    if (!contents) refuse_missing(source.url());
    StoreBuilder builder(source, target, options);
    builder.done().at = at;
    builder.fill(*contents, contents->totals(), {});
    return builder.put_in_place("");
}

Transferred back_up_store(const std::string& store, const std::string& file,
                          const TransferOptions& asked) {
    TransferOptions options = asked;
    options.open = with_clock(asked.open);
    const auto files = make_posix_file_system();
    TransferEndpoint source = TransferEndpoint::at_url(files, store);
    TransferEndpoint target(files, driver_of_backups(source.driver()), file);
    refuse_same_store(source, target);
    if (!source.exists()) refuse_missing(source.url());
    target.lock();
    if (!options.replace && (target.exists() || target.size_bytes(target.path()) > 0))
        throw TargetOccupied(target.path() + ": already exists");
    StoreBuilder builder(source, target, options);
    builder.done().at = options.open.now();
    if (source.driver().copy != nullptr) {
        const auto tell = [&](std::uint64_t done, std::uint64_t total) {
            if (options.tell) options.tell("copying pages", done, total);
        };
        if (!source.driver().copy(source.path(), builder.path(), tell, files))
            refuse_missing(source.url());
        (void)builder.verify();
        return builder.put_in_place("", StagedStore::Mode::private_to_owner);
    }
    if (options.tell) options.tell("reading", 0, 0);
    const auto contents = source.driver().read_shared(source.path(), options.open, files);
    if (!contents) refuse_missing(source.url());
    builder.fill(*contents, contents->totals(), {});
    return builder.put_in_place("", StagedStore::Mode::private_to_owner);
}

Transferred restore_store(const std::string& file, const std::string& store, bool keeps_sessions,
                          const TransferOptions& asked) {
    TransferOptions options = asked;
    options.open = with_clock(asked.open);
    const auto files = make_posix_file_system();
    TransferEndpoint source(files, driver_of_backup(*files, file), file);
    TransferEndpoint target = TransferEndpoint::at_url(files, store);
    refuse_same_store(source, target);
    lock_backup(source);
    target.lock();
    const OldStore old = inspect_old_store(target, options.open);
    if (!options.replace && !old.is_empty()) throw TargetOccupied(target.url() + ": is not empty");
    if (!target.driver().has_files() && !old.is_empty())
        throw StartupError(Errc::invalid_request,
                           target.url() +
                               ": cannot be kept under another name as a file can; "
                               "restore into an empty database");
    const Scratch scratch(target.driver().has_files() ? target : source);
    const auto contents = source.read(options.open, scratch.path());
    if (!contents) refuse_missing(source.path());
    StoreTotals totals = contents->totals();
    totals.revision = std::max(totals.revision, old.totals.revision);
    totals.next_user_id = std::max(totals.next_user_id, old.totals.next_user_id);
    totals.next_session_id = std::max(totals.next_session_id, old.totals.next_session_id);
    StoreBuilder builder(source, target, options);
    builder.done().at = options.open.now();
    builder.done().old_was_unreadable = !old.is_readable;
    if (!keeps_sessions) builder.done().dropped_sessions = totals.sessions;
    Selection selection;
    selection.with_sessions = keeps_sessions;
    builder.fill(*contents, totals, selection);
    return builder.put_in_place(
        old.exists && !old.is_empty() ? kept_name(target, options.open.now()) : "");
}

}  // namespace roster::storage
