#include "storage/json/json_reader.hpp"

#include "core/files/temporary_lock.hpp"
#include "storage/json/session_log.hpp"
#include "storage/json/users_loading.hpp"

#include <roster/log.hpp>

#include <algorithm>
#include <chrono>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

namespace roster::storage {
namespace {

class JsonContents final : public StoreReader {
  public:
    JsonContents(UsersDocument document, SessionIndex sessions)
        : document_(std::move(document)), sessions_(std::move(sessions)) {
        sessions_.forget_users_unless(
            [this](UserId user) { return document_.users.find(user).has_value(); });
        drop_sessions_of_the_future();
        for (const RecordLogins::Login& login : sessions_.last_logins())
            document_.users.record_login(login);
        totals_.users = document_.users.size();
        totals_.sessions = sessions_.size();
        totals_.revision = document_.users.revision;
        totals_.next_user_id = document_.users.next_id;
        totals_.next_session_id = sessions_.next_id();
        totals_.members_before_users = document_.members_before_users;
        totals_.members_after_users = document_.members_after_users;
    }

    const StoreTotals& totals() const override { return totals_; }

    void users(const TakeUser& take) override {
        for (const auto& chunk : document_.users.chunks_above(0))
            for (std::size_t i = 0; i < chunk->size(); ++i) {
                const UserRecord record = chunk->at(i);
                take(to_user(record), record.unknown_members);
            }
    }

    void sessions(const TakeSession& take) override {
        std::vector<Session> page;
        do {
            const SessionId after = page.empty() ? 0 : page.back().id;
            page.clear();
            constexpr std::size_t kPage = 512;
            sessions_.append_sessions(after, kPage, page);
            std::for_each(page.begin(), page.end(), take);
        } while (!page.empty());
    }

    void limiter_records(const TakeLimiterRecord& take) override {
        auto records = sessions_.limiter_records(std::chrono::sys_seconds::min());
        std::sort(records.begin(), records.end(),
                  [](const auto& a, const auto& b) { return a.key < b.key; });
        std::for_each(records.begin(), records.end(), take);
    }

  private:
    // Their user got new credentials after the moment at which the users were read. When the store
    // counts on from there, another change of them may get the same number.
    void drop_sessions_of_the_future() {
        EndSessions future({});
        sessions([&](const Session& session) {
            if (session.credentials_revision > document_.users.revision)
                future.ids.push_back(session.id);
        });
        sessions_.apply(future);
    }

    UsersDocument document_;
    SessionIndex sessions_;
    StoreTotals totals_;
};

// These tell whether a file was replaced: the record is replaced before the journals change places,
// and neither of them returns to an earlier file.
class FilesSeen {
  public:
    FilesSeen(FileSystem& files, const std::string& path)
        : users_(info(files, record_path(files, path))),
          journal_(info(files, journal_path(path))),
          next_(info(files, next_journal_path(path))) {}

    bool is_same_state(const FilesSeen& earlier) const {
        return users_ && earlier.users_ && users_->is_unchanged(*earlier.users_) &&
               has_only_grown(journal_, earlier.journal_) && has_only_grown(next_, earlier.next_);
    }

  private:
    static std::optional<FileInfo> info(FileSystem& files, const std::string& path) {
        const auto found = files.info(path);
        return found ? std::optional(*found) : std::nullopt;
    }

    static bool has_only_grown(const std::optional<FileInfo>& now,
                               const std::optional<FileInfo>& then) {
        if (!now || !then) return !now && !then;
        return now->device == then->device && now->inode == then->inode &&
               now->size_bytes >= then->size_bytes;
    }

    std::optional<FileInfo> users_;
    std::optional<FileInfo> journal_;
    std::optional<FileInfo> next_;
};

[[noreturn]] void throw_not_whole(const std::string& path, const std::string& why) {
    throw StartupError(Errc::store_unavailable, path + ": could not be read as a whole: " + why);
}

struct LoadedStore {
    LoadedUsers users;
    LoadedSessions sessions;
};

// nullopt, with the reason, if the files changed meanwhile.
// Throws: also `store_damaged`, because what is being written may look like damage.
std::optional<LoadedStore> try_to_read(const std::string& path, const OpenOptions& options,
                                       PlainPasswords plain, FileSystem& files, std::string& why) {
    why =
        "another store is replacing it; if that command was killed, start the server: it finishes "
        "the replacement";
    if (is_being_replaced(files, path)) return std::nullopt;
    why = "the server wrote it again and again";
    LoadedStore loaded;
    // Before the users, so that no session is that of a later user.
    loaded.sessions = load_sessions(files, session_log_path(path));
    const FilesSeen before(files, path);
    loaded.users = load_users(path, options, files, plain);
    if (!FilesSeen(files, path).is_same_state(before)) return std::nullopt;
    return loaded;
}

// A state that was committed, of files that a server may write meanwhile.
LoadedStore read_committed(const std::string& path, const OpenOptions& options,
                           PlainPasswords plain, FileSystem& files) {
    using namespace std::chrono_literals;
    constexpr auto kPatience = 30s;
    constexpr auto kPause = 20ms;
    // What has not changed for half a second is not being written.
    constexpr int kMostTriesUnchanged = 25;
    OpenOptions silent = options;
    silent.log = {};
    const auto begin = std::chrono::steady_clock::now();
    FilesSeen last(files, path);
    for (int unchanged = 0;;) {
        std::string why;
        try {
            if (auto loaded = try_to_read(path, silent, plain, files, why))
                return std::move(*loaded);
        } catch (const StartupError& error) {
            if (error.code() != Errc::store_damaged || unchanged > kMostTriesUnchanged) throw;
            why = error.what();
        }
        if (unchanged > kMostTriesUnchanged || std::chrono::steady_clock::now() - begin > kPatience)
            throw_not_whole(path, why);
        std::this_thread::sleep_for(kPause);
        const FilesSeen now(files, path);
        unchanged = now.is_same_state(last) ? unchanged + 1 : 0;
        last = now;
    }
}

void log_refused_edit(const std::optional<Diagnostic>& problem, const std::string& path,
                      const OpenOptions& options) {
    if (!problem || !options.log) return;
    Diagnostic named = *problem;
    named.location.file = path;
    options.log->warn("{}. The text is not taken over until it is corrected", to_string(named));
}

// Null if there is no store.
std::unique_ptr<StoreReader> contents_of(const std::string& path, LoadedUsers users,
                                         LoadedSessions sessions) {
    if (users.document.hashing_error) throw_unhashed(path, users.document);
    const bool has_journal = users.replayed.changes > 0 || users.replayed.good_bytes > 0;
    if (!users.info && !has_journal) return nullptr;
    return std::make_unique<JsonContents>(std::move(users.document), std::move(sessions.index));
}

}  // namespace

std::unique_ptr<StoreReader> read_json_store(const std::string& path, const OpenOptions& options,
                                             FileSystem& files) {
    LoadedUsers users = load_users(path, options, files);
    log_refused_edit(add_waiting_edit(path, options, files, PlainPasswords::hash, users), path,
                     options);
    return contents_of(path, std::move(users), load_sessions(files, session_log_path(path)));
}

std::unique_ptr<StoreReader> read_served_json_store(const std::string& path,
                                                    const OpenOptions& options, FileSystem& files) {
    const bool is_served = is_locked_for_writing(files, path);
    const auto plain = is_served ? PlainPasswords::leave_out : PlainPasswords::hash;
    LoadedStore loaded = read_committed(path, options, plain, files);
    // Whether a server takes it over, only the server knows.
    if (!is_served)
        log_refused_edit(add_waiting_edit(path, options, files, plain, loaded.users), path,
                         options);
    if (loaded.users.left_out > 0)
        throw_not_whole(path, std::to_string(loaded.users.left_out) +
                                  " passwords are plain, and no server has hashed them; start it");
    return contents_of(path, std::move(loaded.users), std::move(loaded.sessions));
}

std::unique_ptr<StoreReader> read_json_view(const std::string& path, const OpenOptions& options,
                                            FileSystem& files) {
    LoadedStore loaded = read_committed(path, options, PlainPasswords::leave_out, files);
    log_refused_edit(
        add_waiting_edit(path, options, files, PlainPasswords::leave_out, loaded.users), path,
        options);
    if (loaded.users.left_out > 0 && options.log)
        options.log->warn("{}: {} plain passwords are left out; 'roster serve' hashes them", path,
                          loaded.users.left_out);
    return contents_of(path, std::move(loaded.users), std::move(loaded.sessions));
}

}  // namespace roster::storage
