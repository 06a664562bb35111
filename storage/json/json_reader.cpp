#include "storage/json/json_reader.hpp"

#include "storage/json/loaded_users.hpp"
#include "storage/json/session_log_file.hpp"

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
    JsonContents(UsersDocument book, SessionIndex access)
        : book_(std::move(book)), access_(std::move(access)) {
        access_.forget_users_unless(
            [this](UserId user) { return book_.users.find(user).has_value(); });
        forget_sessions_of_the_future();
        totals_.users = book_.users.size();
        totals_.sessions = access_.size();
        totals_.revision = book_.users.revision;
        totals_.next_user_id = book_.users.next_id;
        totals_.next_session_id = access_.next_id();
        totals_.members_before_users = book_.members_before_users;
        totals_.members_after_users = book_.members_after_users;
    }

    const StoreTotals& totals() const override { return totals_; }

    void users(const TakeUser& take) override {
        for (const auto& chunk : book_.users.table().chunks_above(0))
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
            access_.append_sessions(after, kPage, page);
            std::for_each(page.begin(), page.end(), take);
        } while (!page.empty());
    }

    void throttle(const TakeThrottle& take) override {
        auto records = access_.limiter_records(std::chrono::sys_seconds::min());
        std::sort(records.begin(), records.end(),
                  [](const auto& a, const auto& b) { return a.key < b.key; });
        std::for_each(records.begin(), records.end(), take);
    }

  private:
    // Their user got new credentials after the moment at which the book is seen. When the store
    // counts on from there, another change of them may get the same number.
    void forget_sessions_of_the_future() {
        EndSessions future({});
        sessions([&](const Session& session) {
            if (session.credentials_revision > book_.users.revision)
                future.ids.push_back(session.id);
        });
        access_.apply(future);
    }

    UsersDocument book_;
    SessionIndex access_;
    StoreTotals totals_;
};

// By these one can tell whether anything was written anew: a book is replaced before the journals
// change places, and neither of them goes back to an earlier file.
class FilesSeen {
  public:
    FilesSeen(FileSystem& files, const std::string& path)
        : book_(info(files, path)),
          journal_(info(files, Journal(files, path).first_path())),
          next_(info(files, Journal(files, path).next_path())) {}

    bool is_same_state(const FilesSeen& earlier) const {
        return book_ && earlier.book_ && book_->is_unchanged(*earlier.book_) &&
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

    std::optional<FileInfo> book_;
    std::optional<FileInfo> journal_;
    std::optional<FileInfo> next_;
};

// Whether all of the journal that was read is durable: a batch whose sync is under way may still be
// refused. Whoever writes it writes the next one only when this one is durable, or gone.
bool is_settled(FileSystem& files, const std::string& path, const ReplayedJournal& replayed) {
    const Journal journal(files, path);
    const std::string last = replayed.has_next ? journal.next_path() : journal.first_path();
    using namespace std::chrono_literals;
    constexpr auto kPause = 1ms;
    constexpr int kTries = 1000;
    for (int i = 0; i < kTries; ++i) {
        const bool is_unsettled = files.is_unsettled(last);
        const auto info = files.info(last);
        const std::uint64_t size_bytes = info ? info->size_bytes : 0;
        if (size_bytes < replayed.good_bytes) return false;
        if (!is_unsettled || size_bytes > replayed.good_bytes) return true;
        std::this_thread::sleep_for(kPause);
    }
    return false;
}

// Nothing where the files did not hold still.
std::unique_ptr<StoreReader> try_to_read(const std::string& path, const OpenOptions& options,
                                         FileSystem& files, std::string& why) {
    const auto print_error = [&](const std::string& text) {
        why = text;
        return nullptr;
    };
    try {
        if (is_being_replaced(files, path)) return print_error("another store is put in its place");
        // Before the users, so that no session is of one who comes later.
        LoadedSessions access = load_access(files, access_path(path));
        const FilesSeen before(files, path);
        LoadedUsers loaded = load_book(path, options, files);
        if (!is_settled(files, path, loaded.replayed))
            return print_error("a change is there that is not durable yet");
        if (!FilesSeen(files, path).is_same_state(before))
            return print_error("the server wrote it anew again and again");
        if (loaded.book.incomplete)
            return print_error("an edit is there that the server has not taken over; see its log");
        return std::make_unique<JsonContents>(std::move(loaded.book), std::move(access.index));
    } catch (const StartupError& error) {
        // What is being written may look like damage.
        if (error.code() != Errc::store_damaged) throw;
        return print_error(error.what());
    }
}

}  // namespace

std::unique_ptr<StoreReader> read_json_store(const std::string& path, const OpenOptions& options,
                                             FileSystem& files) {
    LoadedUsers loaded = load_book(path, options, files);
    const bool has_journal = loaded.replayed.changes > 0 || loaded.replayed.good_bytes > 0;
    if (!loaded.info && !has_journal) return nullptr;
    LoadedSessions access = load_access(files, access_path(path));
    return std::make_unique<JsonContents>(std::move(loaded.book), std::move(access.index));
}

std::unique_ptr<StoreReader> read_served_json_store(const std::string& path,
                                                    const OpenOptions& options, FileSystem& files) {
    using namespace std::chrono_literals;
    OpenOptions without_hashing = options;
    without_hashing.hash_password = {};
    without_hashing.log = {};
    constexpr auto kPatience = 30s;
    constexpr auto kPause = 20ms;
    constexpr int kLeastTries = 5;
    const auto begin = std::chrono::steady_clock::now();
    std::string why;
    for (int tries = 0; tries < kLeastTries || std::chrono::steady_clock::now() - begin < kPatience;
         ++tries) {
        if (tries > 0) std::this_thread::sleep_for(kPause);
        if (auto contents = try_to_read(path, without_hashing, files, why)) return contents;
    }
    throw StartupError(Errc::store_unavailable, path + ": could not be read as one: " + why);
}

}  // namespace roster::storage
