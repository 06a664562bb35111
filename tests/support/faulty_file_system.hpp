#pragma once

// Makes another file system fail at its Nth call: once, from then on, or as a power cut.

#include "core/files/file_system.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace roster::storage::testing {

enum class Fault {
    /// The call has no effect and returns EIO.
    fails,
    /// A write writes half of its bytes, and from then on the disk is full.
    disk_full,
    /// The same, but after a few calls there is space again.
    disk_full_once,
    /// The same, and until then files cannot be truncated either.
    read_only_once,
    /// The call is done in part, and later ones have no effect.
    power_cut,
};

/// Counts the calls that change something or make it durable.
///
/// Threads: one.
class FaultyFileSystem final : public FileSystem {
  public:
    explicit FaultyFileSystem(std::shared_ptr<FileSystem> inner) : inner_(std::move(inner)) {}

    /// The call with this number, from 1, fails.
    void arm(std::size_t call, Fault fault) {
        armed_call_ = call;
        fault_ = fault;
    }
    void disarm() { armed_call_ = 0; }

    /// As file systems without this operation.
    bool cannot_exchange = false;
    bool cannot_link = false;

    /// A file that cannot be renamed over, and the network that files are on.
    std::string mount_point;
    std::string network;

    /// A path that cannot be opened for reading.
    std::string unreadable;

    std::size_t calls() const noexcept { return calls_; }
    bool has_struck() const noexcept { return armed_call_ != 0 && calls_ >= armed_call_; }
    Fault fault() const noexcept { return fault_; }
    /// The first call that failed.
    const std::string& struck() const noexcept { return struck_; }

    const std::string& last_call() const noexcept { return last_call_; }

    /// Called after every call that changed something.
    std::function<void()> watch;

    /// Called before two files are exchanged.
    std::function<void()> before_exchange;

    result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) override;
    result<void> rename(const std::string& from, const std::string& to) override;
    result<void> link(const std::string& path, const std::string& second) override;
    result<void> exchange(const std::string& one, const std::string& other) override;
    result<void> remove(const std::string& path) override;
    result<void> sync_directory(const std::string& path) override;
    result<FileInfo> info(const std::string& path) override { return inner_->info(path); }
    MountInfo mount_of(const std::string& path) override {
        MountInfo mount = inner_->mount_of(path);
        mount.is_mount_point = mount.is_mount_point || path == mount_point;
        if (!network.empty()) mount.network = network;
        return mount;
    }
    result<std::vector<std::string>> list(const std::string& path) override {
        return inner_->list(path);
    }
    result<std::string> resolve(const std::string& path) override { return inner_->resolve(path); }
    result<std::unique_ptr<FileLock>> lock(const std::string& path,
                                           std::string_view text) override {
        return inner_->lock(path, text);
    }
    bool is_locked(const std::string& path) override { return inner_->is_locked(path); }

  private:
    class FaultyFile;

    bool meets_fault(const std::string& what) const;

    /// Whether the call may be done; if not, `error_` is the reason.
    bool step(const std::string& what);
    result<void> done(result<void> outcome);

    std::shared_ptr<FileSystem> inner_;
    std::size_t calls_ = 0;
    std::size_t armed_call_ = 0;
    Fault fault_ = Fault::fails;
    boost::system::error_code error_;
    std::string struck_;
    std::string last_call_;
};

}  // namespace roster::storage::testing
