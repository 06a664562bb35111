#include "storage/json/json_backend.hpp"

#include "storage/index/live_users.hpp"
#include "storage/json/book_file.hpp"
#include "storage/json/book_loader.hpp"
#include "storage/json/book_writer.hpp"
#include "storage/json/password_value.hpp"
#include "storage/json/user_draft.hpp"

#include <spdlog/logger.h>

#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <map>
#include <utility>

namespace roster::storage {
namespace {

// Shows the users in order of id as they will be after a batch.
template <class Show>
void for_each_user(const UserIndex& index, const std::vector<Change>& changes, Show show) {
    std::map<UserId, const Change*> latest;
    for (const Change& change : changes)
        latest[change.id] = &change;
    auto next = latest.begin();
    const auto show_changes_below = [&](UserId id) {
        for (; next != latest.end() && next->first < id; ++next)
            if (next->second->after) show(to_record(*next->second->after));
    };
    for (const auto& chunk : index.table().chunks_above(0)) {
        for (std::size_t i = 0; i < chunk->size(); ++i) {
            UserRecord record = chunk->at(i);
            show_changes_below(record.id);
            if (next == latest.end() || next->first != record.id) {
                show(record);
                continue;
            }
            const auto& after = (next++)->second->after;
            if (!after) continue;
            const auto unknown_members = record.unknown_members;
            record = to_record(*after);
            record.unknown_members = unknown_members;
            show(record);
        }
    }
    show_changes_below(kMaxNumber + 1);
}

class JsonBackend final : public Backend {
  public:
    JsonBackend(std::string url, std::string path, OpenOptions options,
                std::shared_ptr<FileSystem> files, std::unique_ptr<FileLock> lock, Book book)
        : url_(std::move(url)),
          options_(std::move(options)),
          files_(std::move(files)),
          lock_(std::move(lock)),
          file_(*files_, std::move(path)),
          members_before_users_(std::move(book.members_before_users)),
          members_after_users_(std::move(book.members_after_users)),
          users_(std::move(book.users)) {}

    result<User> find(UserId id) const override { return users_.find(id); }
    result<User> find_by_email(std::string_view email) const override {
        return users_.find_by_email(email);
    }
    result<std::vector<User>> list(UserId after, std::size_t limit) const override {
        return users_.list(after, limit);
    }

    std::vector<result<User>> commit(std::span<const Write> writes) override {
        Batch batch(users_.index(), options_.now());
        std::vector<result<User>> answers;
        answers.reserve(writes.size());
        for (const Write& write : writes)
            answers.push_back(decide(write, batch));
        if (batch.changes().empty()) return answers;
        if (save(batch)) {
            users_.publish(batch);
            return answers;
        }
        for (result<User>& answer : answers)
            if (answer) answer = Errc::store_unavailable;
        return answers;
    }

    StoreStatus status() const override {
        StoreStatus status = users_.status();
        status.writable = writable_;
        return status;
    }

    std::string url() const override { return url_; }

    /// Writes the book as it is. Throws: `StartupError`.
    void write_first() {
        const Replacement replaced = replace(Batch(users_.index(), options_.now()));
        if (replaced.outcome != Replaced::yes)
            throw StartupError(Errc::store_unavailable,
                               file_.path() + ": cannot be written: " + replaced.error.message());
    }

  private:
    // A book must be able to hold what is committed, and to give it back.
    static result<User> decide(const Write& write, Batch& batch) {
        const auto good_email = [](const std::string& email) { return is_storable_email(email); };
        const auto good_hash = [](const Secret& hash) {
            const auto value = classify_password(hash.reveal());
            return value == PasswordValue::hash || value == PasswordValue::none;
        };
        if (const auto* user = std::get_if<CreateUser>(&write))
            if (!good_email(user->email) || !good_hash(user->password_hash))
                return Errc::invalid_request;
        if (const auto* change = std::get_if<UpdateUser>(&write))
            if ((change->email && !good_email(*change->email)) ||
                (change->password_hash && !good_hash(*change->password_hash)))
                return Errc::invalid_request;
        return batch.apply(write);
    }

    bool save(const Batch& batch) {
        if (!writable_) return false;
        const Replacement replaced = replace(batch);
        if (replaced.outcome == Replaced::yes) return true;
        const bool final = replaced.outcome == Replaced::uncertain;
        if (final) writable_ = false;
        if (options_.log && final)
            options_.log->critical(
                "{}: what was written could not be made durable: {}. Nothing is written any more "
                "until the server is started again.",
                file_.path(), replaced.error.message());
        if (options_.log && !final)
            options_.log->error("{}: cannot be written: {}", file_.path(),
                                replaced.error.message());
        return false;
    }

    Replacement replace(const Batch& batch) {
        BookFrame frame;
        frame.revision = users_.index().revision + batch.changes().size();
        frame.next_id = batch.next_id();
        frame.members_before_users = members_before_users_;
        frame.members_after_users = members_after_users_;
        return file_.replace([&](const TextSink& sink) -> result<void> {
            std::string text;
            BookWriter writer(frame);
            result<void> written;
            writer.begin(text);
            for_each_user(users_.index(), batch.changes(), [&](const UserRecord& record) {
                writer.user(record, text);
                if (written) written = sink(text);
                text.clear();
            });
            writer.end(text);
            return written ? sink(text) : written;
        });
    }

    std::string url_;
    OpenOptions options_;
    std::shared_ptr<FileSystem> files_;
    std::unique_ptr<FileLock> lock_;
    BookFile file_;
    std::string members_before_users_;
    std::string members_after_users_;
    LiveUsers users_;
    std::atomic<bool> writable_ = true;
};

std::unique_ptr<FileLock> take_lock(FileSystem& files, const BookFile& book) {
    const std::string path = book.lock_path();
    auto lock = files.lock(path, std::to_string(::getpid()) + "\n");
    if (lock) return std::move(*lock);
    if (lock.error() != boost::system::errc::resource_unavailable_try_again)
        throw StartupError(Errc::store_unavailable,
                           path + ": cannot be locked: " + lock.error().message());
    const auto text = read_file(files, path);
    std::string holder = text ? *text : "";
    while (!holder.empty() && holder.back() == '\n')
        holder.pop_back();
    throw StartupError(Errc::store_locked,
                       book.path() + " is in use by " +
                           (holder.empty() ? "another process" : "process " + holder) +
                           " (it holds " + path + "); stop that one first");
}

}  // namespace

std::unique_ptr<Backend> open_json_backend(const std::string& path, OpenOptions options,
                                           std::shared_ptr<FileSystem> files) {
    const auto real = files->resolve(path);
    if (!real)
        throw StartupError(Errc::store_unavailable,
                           path + ": cannot be opened: " + real.error().message());
    BookFile file(*files, *real);
    auto lock = take_lock(*files, file);
    file.remove_stale_temporaries();
    Book book = load_book(*files, *real, options, options.now());
    const bool completed = book.completed;
    std::string url = "json:" + std::filesystem::absolute(path).lexically_normal().string();
    auto backend = std::make_unique<JsonBackend>(std::move(url), *real, std::move(options), files,
                                                 std::move(lock), std::move(book));
    if (completed) backend->write_first();
    return backend;
}

}  // namespace roster::storage
