// The half of json_contents.hpp that writes.

#include "storage/json/json_reader.hpp"
#include "storage/json/session_log_file.hpp"
#include "storage/json/users_file_writer.hpp"
#include "storage/memory/user_chunk.hpp"

#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

namespace roster::storage {
namespace {

class JsonMaker final : public StoreWriter {
  public:
    JsonMaker(std::string path, std::shared_ptr<FileSystem> files)
        : files_(std::move(files)), path_(std::move(path)) {}

    bool keeps_unknown_members() const override { return true; }

    void begin(const StoreTotals& totals) override {
        frame_.revision = totals.revision;
        frame_.next_id = totals.next_user_id;
        frame_.members_before_users = totals.members_before_users;
        frame_.members_after_users = totals.members_after_users;
        auto book = files_->open(path_, OpenMode::create);
        if (!book) fail(path_, book.error());
        book_ = std::move(*book);
        writer_.begin(text_);
        const std::string access = access_path(path_);
        FileInfo private_file;
        const auto info = book_->info();
        if (info) private_file = *info;
        access_.emplace(must(access, SessionLogWriter::begin(*files_, access, private_file)));
        steps_.emplace_back(NextSession{totals.next_session_id});
    }

    void put(const User& user, std::string_view unknown_members) override {
        UserRecord record = to_record(user);
        record.unknown_members = unknown_members;
        writer_.user(record, text_);
        constexpr std::size_t kWriteBytes = 256 * 1024;
        if (text_.size() >= kWriteBytes) write_book();
    }

    void put(const Session& session) override { add(session); }
    void put(const LimiterRecord& record) override { add(record); }

    void finish() override {
        writer_.end(text_);
        write_book();
        must(path_, book_->sync());
        write_steps();
        const std::string access = access_path(path_);
        must(access, access_->sync());
        must(access, access_->put_in_place());
        must(access, files_->sync_directory(directory_of(path_)));
    }

  private:
    [[noreturn]] static void fail(const std::string& path, const boost::system::error_code& error) {
        throw StartupError(Errc::store_unavailable,
                           path + ": cannot be written: " + error.message());
    }

    template <class T>
    static T must(const std::string& path, result<T> outcome) {
        if (!outcome) fail(path, outcome.error());
        if constexpr (!std::is_void_v<T>) return std::move(*outcome);
    }

    void write_book() {
        must(path_, append_all(*book_, text_));
        // It held hashes.
        wipe(text_.data(), text_.size());
        text_.clear();
    }

    void add(AccessStep step) {
        constexpr std::size_t kStepsPerBatch = 512;
        steps_.push_back(std::move(step));
        if (steps_.size() == kStepsPerBatch) write_steps();
    }

    void write_steps() {
        must(access_path(path_), access_->put(steps_));
        steps_.clear();
    }

    std::shared_ptr<FileSystem> files_;
    std::string path_;
    UsersFileFrame frame_;
    UsersFileWriter writer_{frame_};
    std::unique_ptr<File> book_;
    std::string text_;
    std::optional<SessionLogWriter> access_;
    std::vector<AccessStep> steps_;
};

}  // namespace

std::unique_ptr<StoreWriter> make_json_store(const std::string& path,
                                             std::shared_ptr<FileSystem> files) {
    return std::make_unique<JsonMaker>(path, std::move(files));
}

}  // namespace roster::storage
