#include "cli/import_export/import_hashing.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>

namespace roster::cli {
namespace {

result<Secret> try_hash(const HashPassword& hash, const Secret& password) noexcept {
    try {
        return hash(password);
    } catch (const std::exception&) {
        return Errc::internal;
    }
}

class ImportHashing {
  public:
    ImportHashing(std::vector<ImportedUser*> users, const HashPassword& hash)
        : users_(std::move(users)), hash_(hash) {}

    result<void> run(std::size_t threads, const HashingProgress& progress) {
        std::vector<std::jthread> workers;
        for (std::size_t i = 0; i < std::min(threads, users_.size()); ++i)
            workers.emplace_back([this] { work(); });
        std::unique_lock lock(mutex_);
        while (finished_workers_ < workers.size()) {
            finished_.wait_for(lock, std::chrono::milliseconds(100));
            lock.unlock();
            progress(done_, users_.size());
            lock.lock();
        }
        lock.unlock();
        if (failure_) return failure_;
        progress(done_, users_.size());
        return {};
    }

  private:
    void work() {
        while (!has_failed_) {
            const std::size_t index = next_++;
            if (index >= users_.size()) break;
            ImportedUser& user = *users_[index];
            auto hashed = try_hash(hash_, user.password);
            if (!hashed) {
                const std::lock_guard lock(mutex_);
                if (!has_failed_.exchange(true)) failure_ = hashed.error();
                break;
            }
            user.password_hash = std::move(*hashed);
            user.password = Secret();
            ++done_;
        }
        const std::lock_guard lock(mutex_);
        ++finished_workers_;
        finished_.notify_one();
    }

    const std::vector<ImportedUser*> users_;
    const HashPassword& hash_;
    std::atomic<std::size_t> next_ = 0;
    std::atomic<std::size_t> done_ = 0;
    std::atomic<bool> has_failed_ = false;
    std::mutex mutex_;
    std::condition_variable finished_;
    // Guarded by mutex_.
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
    return ImportHashing(std::move(plain), hash).run(threads == 0 ? cores : threads, progress);
}

}  // namespace roster::cli
