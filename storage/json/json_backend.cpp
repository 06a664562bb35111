#include "storage/json/json_backend.hpp"

#include "storage/json/json_user_store.hpp"
#include "storage/json/opened_users.hpp"
#include "storage/json/session_log.hpp"
#include "storage/json/snapshot_scheduler.hpp"

#include <filesystem>
#include <utility>

namespace roster::storage {
namespace {

class JsonBackend final : public Backend {
  public:
    JsonBackend(std::string url, CompanionPlace place, OpenedUsers opened,
                const OpenOptions& options)
        : url_(std::move(url)),
          book_(std::move(opened), options, [this](UserId user) { access_.forget_user(user); }),
          access_(
              std::move(place), [this](UserId user) { return book_.users().contains(user); },
              options),
          keeper_(book_, access_) {}

    result<User> find(UserId id) const override { return book_.users().find(id); }
    result<User> find_by_email(std::string_view email) const override {
        return book_.users().find_by_email(email);
    }
    result<std::vector<User>> list(UserId after, std::size_t limit) const override {
        return book_.users().list(after, limit);
    }
    result<UserPage> search(const UserQuery& query) const override { return book_.search(query); }

    result<AuthState> auth_state(UserId id) const override { return book_.users().auth_state(id); }
    result<std::vector<Session>> sessions_of(UserId user) const override {
        return access_.access().sessions_of(user);
    }
    result<std::vector<Session>> list_sessions(SessionId after, std::size_t limit) const override {
        return access_.access().list(after, limit);
    }
    result<std::vector<LimiterRecord>> limiter_records() const override {
        return access_.limiter_records();
    }

    std::vector<result<User>> commit(std::span<const Write> writes) override {
        auto answers = book_.commit(writes);
        if (book_.needs_snapshot()) keeper_.wake();
        return answers;
    }

    result<std::vector<User>> commit_all(std::span<const Write> writes) override {
        auto answer = book_.commit_all(writes);
        if (book_.needs_snapshot()) keeper_.wake();
        return answer;
    }

    std::vector<result<SessionResult>> commit_access(
        std::span<const SessionWrite> writes) override {
        return access_.commit(writes);
    }

    StoreStatus status() const override {
        StoreStatus status = book_.users().status();
        status.writable = book_.is_writable() && access_.is_writable();
        status.sessions = access_.access().size();
        return status;
    }

    std::string url() const override { return url_; }

  private:
    std::string url_;
    JsonUserStore book_;
    SessionLog access_;
    SnapshotScheduler keeper_;
};

}  // namespace

std::unique_ptr<Backend> open_json_backend(const std::string& path, const OpenOptions& options,
                                           std::shared_ptr<FileSystem> files) {
    OpenedUsers opened = open_book(path, options, files);
    CompanionPlace place{std::move(files), opened.path, opened.info};
    std::string url = "json:" + std::filesystem::absolute(path).lexically_normal().string();
    return std::make_unique<JsonBackend>(std::move(url), std::move(place), std::move(opened),
                                         options);
}

}  // namespace roster::storage
