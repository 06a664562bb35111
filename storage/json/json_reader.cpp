#include "storage/json/json_reader.hpp"

#include "storage/json/session_log.hpp"
#include "storage/json/users_loading.hpp"

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

    void throttle(const TakeThrottle& take) override {
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

// These tell whether a file was replaced: the users file is replaced before the journals change
// places, and neither of them returns to an earlier file.
class FilesSeen {
  public:
    FilesSeen(FileSystem& files, const std::string& path)
        : users_(info(files, path)),
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

// Null if the files changed meanwhile.
std::unique_ptr<StoreReader> try_to_read(const std::string& path, const OpenOptions& options,
                                         FileSystem& files, std::string& why) {
    const auto give_up = [&](const std::string& text) {
        why = text;
        return nullptr;
    };
    try {
        if (is_being_replaced(files, path))
            return give_up(
                "another store is replacing it; if that command was killed, start the "
                "server: it finishes the replacement");
        // Before the users, so that no session is that of a later user.
        LoadedSessions sessions = load_sessions(files, session_log_path(path));
        const FilesSeen before(files, path);
        LoadedUsers loaded = load_users(path, options, files);
        if (!FilesSeen(files, path).is_same_state(before))
            return give_up("the server wrote it again and again");
        if (loaded.document.incomplete)
            return give_up("an edit is there that the server has not taken over; see its log");
        return std::make_unique<JsonContents>(std::move(loaded.document),
                                              std::move(sessions.index));
    } catch (const StartupError& error) {
        // What is being written may look like damage.
        if (error.code() != Errc::store_damaged) throw;
        return give_up(error.what());
    }
}

// Null if there is no store.
std::unique_ptr<StoreReader> contents_of(LoadedUsers loaded, const std::string& path,
                                         FileSystem& files) {
    const bool has_journal = loaded.replayed.changes > 0 || loaded.replayed.good_bytes > 0;
    if (!loaded.info && !has_journal) return nullptr;
    LoadedSessions sessions = load_sessions(files, session_log_path(path));
    return std::make_unique<JsonContents>(std::move(loaded.document), std::move(sessions.index));
}

}  // namespace

std::unique_ptr<StoreReader> read_json_store(const std::string& path, const OpenOptions& options,
                                             FileSystem& files) {
    return contents_of(load_users(path, options, files), path, files);
}

namespace {

// A state that was committed. Null, with the reason, if the files do not change any more and a
// start would have to complete them; throws if they change all the time.
std::unique_ptr<StoreReader> read_committed(const std::string& path, const OpenOptions& options,
                                            FileSystem& files, std::string& why) {
    using namespace std::chrono_literals;
    OpenOptions without_hashing = options;
    without_hashing.hash_password = {};
    without_hashing.log = {};
    constexpr auto kPatience = 30s;
    constexpr auto kPause = 20ms;
    constexpr int kLeastTries = 5;
    const auto begin = std::chrono::steady_clock::now();
    // What has not changed for half a second is not being written: it is damaged, or refused.
    constexpr int kMostTriesUnchanged = 25;
    FilesSeen last(files, path);
    int unchanged = 0;
    for (int tries = 0; tries < kLeastTries || std::chrono::steady_clock::now() - begin < kPatience;
         ++tries) {
        if (tries > 0) std::this_thread::sleep_for(kPause);
        if (auto contents = try_to_read(path, without_hashing, files, why)) return contents;
        const FilesSeen now(files, path);
        unchanged = now.is_same_state(last) ? unchanged + 1 : 0;
        if (unchanged > kMostTriesUnchanged) return nullptr;
        last = now;
    }
    throw_not_whole(path, why);
}

}  // namespace

std::unique_ptr<StoreReader> read_served_json_store(const std::string& path,
                                                    const OpenOptions& options, FileSystem& files) {
    std::string why;
    auto contents = read_committed(path, options, files, why);
    if (!contents) throw_not_whole(path, why);
    return contents;
}

std::unique_ptr<StoreReader> read_json_view(const std::string& path, const OpenOptions& options,
                                            FileSystem& files) {
    std::string why;
    if (auto contents = read_committed(path, options, files, why)) return contents;
    // No server takes the edit over, so this is what a start would find; or it says what is wrong.
    OpenOptions silent = options;
    silent.log = {};
    LoadedUsers loaded = load_users(path, silent, files, PlainPasswords::leave_out);
    if (loaded.left_out > 0 && options.log)
        options.log->warn("{}: {} plain passwords are left out; 'roster serve' hashes them", path,
                          loaded.left_out);
    return contents_of(std::move(loaded), path, files);
}

}  // namespace roster::storage
