#pragma once

// A file system in memory that knows what was synced, and so what a power cut would leave.

#include "core/files/file_system.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace roster::storage::testing {

/// One directory: what precedes the last slash is ignored.
///
/// Threads: any.
class MemoryFileSystem final : public FileSystem {
  public:
    MemoryFileSystem();

    /// The file system after a power cut: only what was synced.
    std::shared_ptr<MemoryFileSystem> after_power_cut() const;

    /// The same with a random part of what was not synced: some of the directory's changes, some
    /// of the writes, the last one perhaps in part or as zeros.
    std::shared_ptr<MemoryFileSystem> after_power_cut(std::mt19937& random) const;

    /// The file system as the next process finds it: nothing is locked.
    std::shared_ptr<MemoryFileSystem> after_restart() const;

    /// Replaces a file atomically and durably, as a careful editor does.
    void save(const std::string& path, std::string_view text);

    bool exists(const std::string& path) const;
    std::string text_of(const std::string& path) const;
    std::vector<std::string> names() const;

    result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) override;
    result<void> rename(const std::string& from, const std::string& to) override;
    result<void> link(const std::string& path, const std::string& second) override;
    result<void> exchange(const std::string& one, const std::string& other) override;
    result<void> remove(const std::string& path) override;
    result<void> sync_directory(const std::string& path) override;
    result<FileInfo> info(const std::string& path) override;
    MountInfo mount_of(const std::string&) override { return {}; }
    result<std::vector<std::string>> list(const std::string& path) override;
    result<std::string> resolve(const std::string& path) override;
    result<std::unique_ptr<FileLock>> lock(const std::string& path, std::string_view text) override;
    bool is_locked(const std::string& path) override;

  private:
    class OpenFile;
    class Lock;

    // A change of a file's contents: cut to `size`, then `added`.
    struct Write {
        std::size_t size = 0;
        std::string added;
    };
    struct Inode {
        std::string text;
        std::string synced;
        std::vector<Write> unsynced;
        FileInfo info;
    };
    using Entries = std::map<std::string, std::shared_ptr<Inode>>;
    // A change of the directory: the new targets of names; null if removed.
    using DirectoryChange = std::vector<std::pair<std::string, std::shared_ptr<Inode>>>;

    static void apply(const DirectoryChange& change, Entries& entries);
    static std::string torn(const Inode& inode, std::mt19937& random);
    void change_directory(DirectoryChange change);
    std::shared_ptr<Inode> find(const std::string& path) const;
    std::shared_ptr<Inode> make_inode();
    void write(Inode& inode, Write write);
    std::shared_ptr<MemoryFileSystem> with(const Entries& entries, std::mt19937* random) const;

    mutable std::mutex mutex_;
    Entries entries_;
    Entries synced_entries_;
    std::vector<DirectoryChange> unsynced_changes_;
    std::shared_ptr<std::set<std::string>> locked_;
    std::uint64_t next_inode_ = 1;
    std::int64_t time_ = 0;
};

}  // namespace roster::storage::testing
