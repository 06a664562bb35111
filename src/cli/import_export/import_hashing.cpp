#include "cli/import_export/import_hashing.hpp"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>

namespace roster::cli {
namespace {

class ParallelHashing {
  public:
    ParallelHashing(std::vector<ImportedUser*> users, const HashPassword& hash)
        : users_(std::move(users)), hash_(hash) {}

    result<void> run(std::size_t threads, const HashingProgress& progress) {
        std::vector<std::jthread> workers;
        for (std::size_t i = 0; i < std::min(threads, users_.size()); ++i)
            workers.emplace_back([this] { work(); });
        tell(progress, workers.size());
        workers.clear();
        if (failure_) return failure_;
        progress(done_, users_.size());
        return {};
    }

  private:
    void tell(const HashingProgress& progress, std::size_t workers) {
        constexpr auto kOften = std::chrono::milliseconds(100);
        std::unique_lock lock(mutex_);
        while (finished_workers_ < workers) {
            changed_.wait_for(lock, kOften);
            const std::size_t done = done_;
            lock.unlock();
            progress(done, users_.size());
            lock.lock();
        }
    }

    void work() {
        while (ImportedUser* user = next()) {
            auto hashed = try_hash(user->password);
            const std::lock_guard lock(mutex_);
            if (!hashed) {
                if (!failure_) failure_ = hashed.error();
                continue;
            }
            user->password_hash = std::move(*hashed);
            user->password = Secret();
            ++done_;
        }
        const std::lock_guard lock(mutex_);
        ++finished_workers_;
        changed_.notify_one();
    }

    ImportedUser* next() {
        const std::lock_guard lock(mutex_);
        if (failure_ || next_ == users_.size()) return nullptr;
        return users_[next_++];
    }

    result<Secret> try_hash(const Secret& password) noexcept {
        try {
            return hash_(password);
        } catch (const std::exception&) {
            return Errc::internal;
        }
    }

    const std::vector<ImportedUser*> users_;
    const HashPassword& hash_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::size_t next_ = 0;
    std::size_t done_ = 0;
    std::size_t finished_workers_ = 0;
    boost::system::error_code failure_;
};

}  // namespace

result<void> hash_passwords(std::vector<ImportedUser>& users, const HashPassword& hash,
                            const HashingProgress& progress, std::size_t threads) {
    std::vector<ImportedUser*> plain;
    for (ImportedUser& user : users)
        if (!user.password.empty()) plain.push_back(&user);
    if (plain.empty()) return {};
    const std::size_t cores = std::max(1U, std::thread::hardware_concurrency());
    return ParallelHashing(std::move(plain), hash).run(threads == 0 ? cores : threads, progress);
}

}  // namespace roster::cli
