#pragma once

// The files of a store, and their replacement as one atomic step: a process that is killed at any
// point leaves the old store or the new one.
// Knows no format. docs/STORAGE.md describes the files during a replacement.

#include "core/files/file_system.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace roster::storage {

/// The files of one store.
struct StoreFiles {
    /// The real path, links resolved, of the file that names the store.
    std::string main;
    /// Endings of that name: of files that are part of a new store, …
    std::vector<std::string> companions;
    /// … and of logs, which are valid only with the main file that they were written for.
    std::vector<std::string> logs;

    /// The main file and every file that may exist beside it, including lock, audit log and socket.
    std::vector<std::string> paths() const;
};

/// Absolute, and without symbolic links; the file itself need not be there.
/// Throws: `StartupError` with `store_unavailable`.
std::string real_path_of(FileSystem& files, const std::string& path);

/// For people: what is wrong with the place of a store, such as a network file system, and with the
/// mode of its main file.
std::vector<std::string> problems_of_place(FileSystem& files, const std::string& main);

/// Also true for a store whose main file is not written yet.
bool store_exists(FileSystem& files, const StoreFiles& store);

/// A new store beside the one that it is to replace: "users.json.new-" + 16 hex digits.
/// The destructor removes its files, unless it was put in place.
class StagedStore {
  public:
    /// Requires: the store's lock is held.
    StagedStore(std::shared_ptr<FileSystem> files, StoreFiles store);
    StagedStore(const StagedStore&) = delete;
    StagedStore& operator=(const StagedStore&) = delete;
    ~StagedStore();

    /// The path of the new main file; its companions are beside it.
    const std::string& path() const noexcept { return path_; }
    const StoreFiles& store() const noexcept { return store_; }

    /// Replaces the old store by the new one, which gets the old one's owner; `mode`: and its mode,
    /// or no permission for others. The old store is renamed to its name + `keep`, or removed if
    /// `keep` is empty.
    /// Requires: the new main file and every companion exist and are durable.
    ///
    /// Throws: `StartupError` with `store_unavailable`. The text says so if the new store was
    /// already chosen: then the next start finishes the replacement.
    enum class Mode { as_before, private_to_owner };
    void put_in_place(const std::string& keep, Mode mode);

  private:
    void refuse_foreign_files() const;
    bool is_trusted(const FileInfo& file) const;
    void take_owner(Mode mode);
    void choose(const std::string& keep);

    std::shared_ptr<FileSystem> files_;
    StoreFiles store_;
    std::string ending_;
    std::string path_;
    bool is_chosen_ = false;
};

/// Whether a replacement of this store was chosen, but is not finished.
bool is_being_replaced(FileSystem& files, const std::string& main);

/// Finishes a replacement that a killed process had chosen, and removes one that it had not. Must
/// be called before anything else is done with the store. Requires: its lock is held.
///
/// Throws: `StartupError` with `store_unavailable` or `store_damaged`.
void finish_replacement(FileSystem& files, const StoreFiles& store);

/// An ending that no file of the store has yet: `wish`, or `wish` + ".2" …
std::string free_ending(FileSystem& files, const StoreFiles& store, const std::string& wish);

/// Throws: `StartupError` with `store_unavailable`. `store`: its path or URL, for people.
[[noreturn]] void throw_missing_store(const std::string& store);

}  // namespace roster::storage
