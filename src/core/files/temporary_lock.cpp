#include "core/files/temporary_lock.hpp"

#include <boost/system/errc.hpp>

#include <unistd.h>

#include <chrono>
#include <thread>
#include <utility>

namespace roster {
namespace {

// A reader that asks `is_locked` has it for an instant.
result<std::unique_ptr<FileLock>> lock_soon(FileSystem& files, const std::string& lock_path) {
    constexpr int kAttempts = 5;
    constexpr auto kPause = std::chrono::milliseconds(5);
    for (int attempt = 1;; ++attempt) {
        auto lock = files.lock(lock_path, std::to_string(::getpid()) + "\n");
        if (lock || lock.error() != boost::system::errc::resource_unavailable_try_again ||
            attempt == kAttempts)
            return lock;
        std::this_thread::sleep_for(kPause);
    }
}

}  // namespace

std::unique_ptr<FileLock> lock_for_writing(FileSystem& files, const std::string& path) {
    const std::string lock_path = path + ".lock";
    auto lock = lock_soon(files, lock_path);
    if (lock) return std::move(*lock);
    if (lock.error() != boost::system::errc::resource_unavailable_try_again)
        throw_unavailable(lock_path, "locked", lock.error());
    const auto text = read_file(files, lock_path);
    std::string holder = text ? *text : "";
    while (!holder.empty() && holder.back() == '\n')
        holder.pop_back();
    throw StartupError(Errc::store_locked,
                       path + " is in use by " +
                           (holder.empty() ? "another process" : "process " + holder) +
                           " (it holds " + lock_path + "); stop that one first");
}

TemporaryLock::TemporaryLock(std::shared_ptr<FileSystem> files, const std::string& path)
    : files_(std::move(files)),
      path_(path + ".lock"),
      was_there_(files_->info(path_).has_value()),
      lock_(lock_for_writing(*files_, path)) {}

TemporaryLock::~TemporaryLock() {
    // While it is held: a process that has just opened it notices, and creates another one.
    if (!was_there_) (void)files_->remove(path_);
}

bool is_locked_for_writing(FileSystem& files, const std::string& path) {
    return files.is_locked(path + ".lock");
}

void give_lock_to_owner(FileSystem& files, const std::string& path, const FileInfo& owner) {
    const auto file = files.open(path + ".lock", OpenMode::append);
    if (file) (void)(*file)->set_owner_and_mode(owner.as_private());
}

}  // namespace roster
