// The half of json_reader.hpp that writes.

#include "storage/json/json_reader.hpp"
#include "storage/json/session_log.hpp"
#include "storage/json/users_file.hpp"
#include "storage/json/users_loading.hpp"
#include "storage/memory/user_index.hpp"

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
        users_ = must(files_->open(path_, OpenMode::create), path_, "written");
        writer_.begin(text_);
        const std::string sessions = session_log_path(path_);
        FileInfo owner;
        const auto info = users_->info();
        if (info) owner = *info;
        sessions_.emplace(
            must(SessionLogWriter::create(*files_, sessions, owner), sessions, "written"));
        steps_.emplace_back(NextSession{totals.next_session_id});
    }

    void put(const User& user, std::string_view unknown_members) override {
        UserFields fields(user);
        fields.unknown_members = unknown_members;
        writer_.user(fields, text_);
        constexpr std::size_t kWriteBytes = 256 * 1024;
        if (text_.size() >= kWriteBytes) write_users();
    }

    void put(const Session& session) override { add(session); }
    void put(const LimiterRecord& record) override { add(record); }

    void finish() override {
        writer_.end(text_);
        write_users();
        must(users_->sync(), path_, "written");
        write_steps();
        const std::string sessions = session_log_path(path_);
        must(sessions_->sync(), sessions, "written");
        must(sessions_->put_in_place(), sessions, "written");
        must(files_->sync_directory(directory_of(path_)), sessions, "written");
    }

  private:
    void write_users() {
        must(append_all(*users_, text_), path_, "written");
        // It held hashes.
        wipe(text_.data(), text_.size());
        text_.clear();
    }

    void add(SessionStep step) {
        constexpr std::size_t kStepsPerBatch = 512;
        steps_.push_back(std::move(step));
        if (steps_.size() == kStepsPerBatch) write_steps();
    }

    void write_steps() {
        must(sessions_->put(steps_), session_log_path(path_), "written");
        steps_.clear();
    }

    std::shared_ptr<FileSystem> files_;
    std::string path_;
    UsersFileFrame frame_;
    UsersFileWriter writer_{frame_};
    std::unique_ptr<File> users_;
    std::string text_;
    std::optional<SessionLogWriter> sessions_;
    std::vector<SessionStep> steps_;
};

}  // namespace

std::unique_ptr<StoreWriter> make_json_store(const std::string& path,
                                             std::shared_ptr<FileSystem> files) {
    return std::make_unique<JsonMaker>(path, std::move(files));
}

}  // namespace roster::storage
