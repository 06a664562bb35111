#include "storage/transfer/store_transfer.hpp"

#include "core/files/posix_file_system.hpp"
#include "core/time.hpp"
#include "storage/drivers.hpp"
#include "storage/transfer/row_digest.hpp"
#include "storage/transfer/transfer_endpoint.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

namespace roster::storage {
namespace {

// What of a store goes into the new one.
struct Selection {
    bool with_access = true;
    bool with_unknown_members = true;
};

// Counts rows, and says so now and then.
class Steps {
  public:
    Steps(const TransferOptions& options, std::string what, std::uint64_t total)
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

// Every row of a store, as far as it was selected. Gives how many users had unknown members that
// were not.
template <class Take>
std::uint64_t walk(StoreReader& contents, const Selection& selection, Steps& steps, Take take) {
    std::uint64_t without = 0;
    contents.users([&](const User& user, std::string_view unknown) {
        if (!selection.with_unknown_members && !unknown.empty()) {
            ++without;
            unknown = {};
        }
        take(user, unknown);
        steps.count();
    });
    if (!selection.with_access) return without;
    contents.sessions([&](const Session& session) {
        take(session);
        steps.count();
    });
    contents.throttle([&](const LimiterRecord& record) { take(record); });
    return without;
}

RowDigest::Value digest_of(StoreReader& contents, const Selection& selection, Steps& steps) {
    RowDigest digest;
    digest.add(contents.totals());
    (void)walk(contents, selection, steps, [&](const auto&... row) { digest.add(row...); });
    return digest.finish();
}

std::uint64_t rows_of(const StoreTotals& totals) {
    return totals.users + totals.sessions;
}

StoreTotals selected(StoreTotals totals, const Selection& selection) {
    if (!selection.with_access) totals.sessions = 0;
    if (!selection.with_unknown_members) {
        totals.members_before_users.clear();
        totals.members_after_users.clear();
    }
    return totals;
}

// Makes a store beside its place, reads it again, and compares.
class Making {
  public:
    Making(const TransferEndpoint& source, const TransferEndpoint& target,
           const TransferOptions& options)
        : source_(source),
          target_(target),
          options_(options),
          staged_(target.files(), target.store()) {}

    const std::string& path() const noexcept { return staged_.path(); }

    void fill(StoreReader& source, const StoreTotals& totals, Selection selection) {
        const auto maker = target_.make(staged_.path(), options_.open);
        const bool loses_members = !maker->keeps_unknown_members();
        if (loses_members) selection.with_unknown_members = false;
        done_.has_lost_book_members =
            loses_members && (!source.totals().members_before_users.empty() ||
                              !source.totals().members_after_users.empty());
        const StoreTotals wanted = selected(totals, selection);
        Steps steps(options_, "copying", rows_of(wanted));
        RowDigest digest;
        digest.add(wanted);
        maker->begin(wanted);
        done_.users_with_lost_members = walk(source, selection, steps, [&](const auto&... row) {
            digest.add(row...);
            maker->put(row...);
        });
        maker->finish();
        steps.tell();
        compare(digest.finish());
    }

    Transferred put_in_place(const std::string& keep,
                             StagedStore::Mode mode = StagedStore::Mode::as_before) {
        done_.bytes = target_.size_bytes(staged_.path());
        done_.url = target_.url();
        if (options_.before_placing) options_.before_placing();
        if (!keep.empty()) done_.kept = target_.url(target_.path() + keep);
        staged_.put_in_place(keep, mode);
        return std::move(done_);
    }

    // Reads what is there; gives what it is. What is wrong with it is wrong with the source: that
    // is where a person can look, and what was made is gone by then.
    RowDigest::Value look_over() {
        try {
            return digest_again();
        } catch (const StartupError& error) {
            throw StartupError(
                error.code(),
                source_.path() + ": what was made of it cannot be used: " + error.what());
        }
    }

    Transferred& done() noexcept { return done_; }

  private:
    RowDigest::Value digest_again() {
        const auto made = target_.read_again(staged_.path(), quiet());
        if (!made) throw StartupError(Errc::store_unavailable, staged_.path() + ": is gone again");
        Steps steps(options_, "verifying", rows_of(made->totals()));
        done_.totals = made->totals();
        const auto digest = digest_of(*made, {}, steps);
        steps.tell();
        return digest;
    }

    void compare(const RowDigest::Value& wanted) {
        if (look_over() == wanted) return;
        throw StartupError(Errc::store_unavailable,
                           target_.path() +
                               ": what was written is not what was read again; the "
                               "disk or the memory of this machine cannot be trusted");
    }

    OpenOptions quiet() const {
        OpenOptions options = options_.open;
        options.log = {};
        return options;
    }

    const TransferEndpoint& source_;
    const TransferEndpoint& target_;
    const TransferOptions& options_;
    StagedStore staged_;
    Transferred done_;
};

[[noreturn]] void say_that_it_is_not_there(const std::string& what) {
    throw StartupError(Errc::store_unavailable, what + ": is not there");
}

[[noreturn]] void refuse_same_store(const std::string& path) {
    throw StartupError(Errc::invalid_request, path + ": is a file of both stores");
}

void refuse_same_store(const TransferEndpoint& one, const TransferEndpoint& other) {
    if (one.owns(other.path()) || other.owns(one.path())) refuse_same_store(other.path());
}

struct OldStore {
    bool is_there = false;
    bool is_readable = true;
    StoreTotals totals;

    // Nothing ever happened in it.
    bool is_empty() const { return is_readable && totals.users == 0 && totals.revision == 0; }
};

OldStore look_at_old_store(const TransferEndpoint& target, const OpenOptions& options) {
    OldStore old;
    old.is_there = target.is_there();
    if (!old.is_there) return old;
    OpenOptions quiet = options;
    quiet.log = {};
    const StagedStore scratch(target.files(), target.store());
    try {
        const auto contents = target.read(quiet, scratch.path());
        if (contents) old.totals = contents->totals();
    } catch (const StartupError&) {
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
    if (!file && is_not_found(file.error())) say_that_it_is_not_there(path);
    result<std::size_t> got = file ? (*file)->read_at(0, begin) : file.error();
    if (!got)
        throw StartupError(Errc::store_unavailable,
                           path + ": cannot be read: " + got.error().message());
    const std::string_view beginning(begin.data(), *got);
    for (const Driver& driver : drivers())
        if (!driver.magic.empty() && beginning.starts_with(driver.magic)) return driver;
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

// A backup may lie where nothing can be written; nobody serves it there either.
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
    if (!source.is_there()) say_that_it_is_not_there(source.url());
    lock_source(source);
    target.lock();
    if (!options.replace && !look_at_old_store(target, options.open).is_empty())
        throw TargetOccupied(target.url() + ": is not empty");
    const StagedStore scratch(files, target.store());
    const auto at = options.open.now();
    const auto contents = source.read(options.open, scratch.path());
    if (!contents) say_that_it_is_not_there(source.url());
    Making making(source, target, options);
    making.done().at = at;
    making.fill(*contents, contents->totals(), {});
    return making.put_in_place("");
}

Transferred back_up_store(const std::string& store, const std::string& file,
                          const TransferOptions& asked) {
    TransferOptions options = asked;
    options.open = with_clock(asked.open);
    const auto files = make_posix_file_system();
    TransferEndpoint source = TransferEndpoint::at_url(files, store);
    TransferEndpoint target(files, source.driver(), file);
    refuse_same_store(source, target);
    if (!source.is_there()) say_that_it_is_not_there(source.url());
    target.lock();
    if (!options.replace && (target.is_there() || target.size_bytes(target.path()) > 0))
        throw TargetOccupied(target.path() + ": is there already");
    const bool is_alone = source.try_lock();
    Making making(source, target, options);
    making.done().at = options.open.now();
    if (source.driver().copy != nullptr) {
        const auto tell = [&](std::uint64_t done, std::uint64_t total) {
            if (options.tell) options.tell("copying pages", done, total);
        };
        if (!source.driver().copy(source.path(), is_alone, making.path(), tell, files))
            say_that_it_is_not_there(source.url());
        (void)making.look_over();
        return making.put_in_place("", StagedStore::Mode::private_to_owner);
    }
    if (options.tell) options.tell("reading", 0, 0);
    const auto contents = is_alone
                              ? source.read(options.open, making.path())
                              : source.driver().read_shared(source.path(), options.open, files);
    if (!contents) say_that_it_is_not_there(source.url());
    making.fill(*contents, contents->totals(), {});
    return making.put_in_place("", StagedStore::Mode::private_to_owner);
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
    const OldStore old = look_at_old_store(target, options.open);
    if (!options.replace && !old.is_empty()) throw TargetOccupied(target.url() + ": is not empty");
    const StagedStore scratch(files, target.store());
    const auto contents = source.read(options.open, scratch.path());
    if (!contents) say_that_it_is_not_there(source.path());
    StoreTotals totals = contents->totals();
    totals.revision = std::max(totals.revision, old.totals.revision);
    totals.next_user_id = std::max(totals.next_user_id, old.totals.next_user_id);
    totals.next_session_id = std::max(totals.next_session_id, old.totals.next_session_id);
    Making making(source, target, options);
    making.done().at = options.open.now();
    making.done().old_was_unreadable = !old.is_readable;
    if (!keeps_sessions) making.done().dropped_sessions = totals.sessions;
    Selection selection;
    selection.with_access = keeps_sessions;
    making.fill(*contents, totals, selection);
    return making.put_in_place(
        old.is_there && !old.is_empty() ? kept_name(target, options.open.now()) : "");
}

}  // namespace roster::storage
