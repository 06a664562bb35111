#include "bench/storage/example_store.hpp"

#include <roster/store.hpp>

#include <spdlog/fmt/fmt.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <exception>
#include <iterator>
#include <stdexcept>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace roster::bench {
namespace {

namespace asio = boost::asio;

[[noreturn]] void fail(const std::string& path) {
    throw std::system_error(errno, std::generic_category(), path);
}

class UsersFileText {
  public:
    explicit UsersFileText(const std::string& path)
        : path_(path), fd_(open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)) {
        if (fd_ < 0) fail(path_);
    }
    UsersFileText(const UsersFileText&) = delete;
    UsersFileText& operator=(const UsersFileText&) = delete;
    ~UsersFileText() { close(fd_); }

    std::string& text() noexcept { return text_; }

    void flush(std::size_t when_above_bytes) {
        if (text_.size() <= when_above_bytes) return;
        std::string_view rest = text_;
        while (!rest.empty()) {
            const ssize_t written = ::write(fd_, rest.data(), rest.size());
            if (written < 0) fail(path_);
            rest.remove_prefix(static_cast<std::size_t>(written));
        }
        text_.clear();
    }

    void sync() {
        flush(0);
        if (fsync(fd_) != 0) fail(path_);
    }

  private:
    std::string path_;
    int fd_;
    std::string text_;
};

void append_base64(std::size_t characters, Random& random, std::string& out) {
    constexpr std::string_view kAlphabet =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (std::size_t i = 0; i < characters; ++i)
        out += kAlphabet[(random() >> 8) % kAlphabet.size()];
}

}  // namespace

std::string email_of(UserId id) {
    return fmt::format("user{:08}@example.com", id);
}

std::string random_hash(Random& random) {
    std::string hash = "$argon2id$v=19$m=19456,t=2,p=1$";
    hash.reserve(kHashBytes);
    append_base64(42, random, hash);
    hash += '$';
    append_base64(kHashBytes - hash.size(), random, hash);
    return hash;
}

UserId random_user(Random& random, std::uint64_t users) {
    return std::uniform_int_distribution<UserId>(2, users)(random);
}

namespace {

// As the store itself would.
void write_users_file(const std::string& path, std::uint64_t users) {
    constexpr std::size_t kPieceBytes = 1 << 20;
    UsersFileText users_file(path);
    Random random(1);
    const auto out = [&] { return std::back_inserter(users_file.text()); };
    fmt::format_to(out(),
                   "{{\n\t\"format\": 2,\n\t\"revision\": {},\n\t\"next_id\": {},\n\t\"users\": [",
                   users, users + 1);
    for (UserId id = 1; id <= users; ++id) {
        fmt::format_to(out(),
                       "{}\n\t\t{{\n\t\t\t\"id\": {},\n\t\t\t\"email\": \"{}\",\n"
                       "\t\t\t\"password\": \"{}\",\n\t\t\t\"role\": \"{}\",\n"
                       "\t\t\t\"created_at\": \"2026-11-22T09:00:00Z\",\n"
                       "\t\t\t\"updated_at\": \"2026-11-22T09:00:00Z\",\n"
                       "\t\t\t\"revision\": {}\n\t\t}}",
                       id == 1 ? "" : ",", id, email_of(id), random_hash(random),
                       id == 1 ? "admin" : "user", id);
        users_file.flush(kPieceBytes);
    }
    users_file.text() += "\n\t]\n}\n";
    users_file.sync();
}

asio::awaitable<void> add_all(Store* store, std::uint64_t users) {
    constexpr std::uint64_t kAtOnce = 5000;
    Random random(1);
    for (UserId id = 1; id <= users;) {
        std::vector<Write> writes;
        for (const UserId end = std::min(id + kAtOnce, users + 1); id < end; ++id)
            writes.emplace_back(CreateUser(email_of(id), Secret(random_hash(random)),
                                           id == 1 ? Role::admin : Role::user));
        const result<std::vector<User>> added = co_await store->apply_all(std::move(writes));
        if (!added) throw std::runtime_error("users cannot be added: " + added.error().message());
    }
}

void fill_store(const std::string& url, std::uint64_t users) {
    const auto store = open_store(url, OpenOptions());
    asio::io_context context(1);
    asio::co_spawn(context, add_all(store.get(), users), [](std::exception_ptr failure) {
        if (failure) std::rethrow_exception(failure);
    });
    context.run();
}

}  // namespace

void make_example_store(const StorePlace& place) {
    if (place.kind == StoreKind::json)
        write_users_file(place.file(), place.users);
    else
        fill_store(place.url(), place.users);
}

}  // namespace roster::bench
