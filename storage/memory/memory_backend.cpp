#include "storage/memory/memory_backend.hpp"

#include "storage/index/live_users.hpp"

#include <utility>

namespace roster::storage {
namespace {

class MemoryBackend final : public Backend {
  public:
    explicit MemoryBackend(std::function<std::chrono::sys_seconds()> now)
        : now_(std::move(now)), users_(UserIndex()) {}

    result<User> find(UserId id) const override { return users_.find(id); }
    result<User> find_by_email(std::string_view email) const override {
        return users_.find_by_email(email);
    }
    result<std::vector<User>> list(UserId after, std::size_t limit) const override {
        return users_.list(after, limit);
    }

    std::vector<result<User>> commit(std::span<const Write> batch) override {
        Batch decided(users_.index(), now_());
        std::vector<result<User>> answers;
        answers.reserve(batch.size());
        for (const Write& write : batch)
            answers.push_back(decided.apply(write));
        users_.publish(decided);
        return answers;
    }

    StoreStatus status() const override { return users_.status(); }
    std::string url() const override { return "memory:"; }

  private:
    std::function<std::chrono::sys_seconds()> now_;
    LiveUsers users_;
};

}  // namespace

std::unique_ptr<Backend> make_memory_backend(std::function<std::chrono::sys_seconds()> now) {
    return std::make_unique<MemoryBackend>(std::move(now));
}

}  // namespace roster::storage
