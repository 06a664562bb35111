#pragma once

// The reads that a served database and a view have in common. Knows no writer.

#include <roster/log.hpp>
#include <roster/store_types.hpp>

#include "storage/sqlite/rows.hpp"

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace roster::storage {

/// What `read` returns. Errors: `store_unavailable`; the log has the reason.
template <class T, class Read>
result<T> read_or_log(Log& log, Read read) {
    std::string why;
    try {
        return read();
    } catch (const SQLite::Exception& error) {
        why = text_of(error);
    } catch (const std::exception& error) {
        why = error.what();
    }
    log.error("store: cannot be read: {}", why);
    return Errc::store_unavailable;
}

inline result<User> found(std::optional<User> user) {
    if (!user) return Errc::user_not_found;
    return std::move(*user);
}

/// The reads of `Base`, each on a connection from `Source`.
template <class Base, class Source>
class SqliteReads : public Base {
  public:
    SqliteReads(const std::string& path, const OpenOptions& options)
        : url_("sqlite:" + std::filesystem::absolute(path).lexically_normal().string()),
          now_(options.now) {}

    result<User> find(UserId id) const override {
        return read<User>([&](Connection& from) { return found(find_user(from, id)); });
    }
    result<User> find_by_login(std::string_view login) const override {
        return read<User>([&](Connection& from) { return found(find_user_by_login(from, login)); });
    }
    result<std::vector<User>> list(UserId after, std::size_t limit) const override {
        return read<std::vector<User>>(
            [&](Connection& from) { return list_users(from, after, limit); });
    }
    result<UserPage> search(const UserQuery& query) const override {
        return read<UserPage>([&](Connection& from) { return search_users(from, query); });
    }
    result<std::vector<Session>> sessions_of(UserId user) const override {
        return read<std::vector<Session>>(
            [&](Connection& from) { return storage::sessions_of(from, user); });
    }
    result<std::vector<Session>> list_sessions(SessionId after, std::size_t limit) const override {
        return read<std::vector<Session>>(
            [&](Connection& from) { return storage::list_sessions(from, after, limit); });
    }
    result<std::vector<LimiterRecord>> limiter_records() const override {
        return read<std::vector<LimiterRecord>>(
            [&](Connection& from) { return storage::limiter_records(from, now_()); });
    }
    std::string url() const override { return url_; }

  protected:
    template <class T, class Read>
    result<T> read(Read read) const {
        return source_->template read<T>(read);
    }

    std::unique_ptr<Source> source_;

  private:
    std::string url_;
    std::function<std::chrono::sys_seconds()> now_;
};

}  // namespace roster::storage
