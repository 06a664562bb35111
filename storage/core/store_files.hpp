#pragma once

// The files that a store consists of, and how all of them are replaced as one: a process that is
// killed in the middle, at whatever file, leaves the old store or the new one.
// Knows no format. docs/STORAGE.md says what lies on the disk meanwhile.

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
    /// Endings of that name: of files that a new store comes with, …
    std::vector<std::string> companions;
    /// … and of files that only belong to the state they were written in: logs.
    std::vector<std::string> logs;

    /// Every file that may lie beside the main one, itself included: lock and audit log, too.
    std::vector<std::string> paths() const;
};

/// Also of a store whose main file is not written yet.
bool store_exists(FileSystem& files, const StoreFiles& store);

/// The name of a store that is made beside another one: "users.json.new-" + 16 hex digits.
/// Whatever stands there is removed with it, unless it was put in place.
class StagedStore {
  public:
    /// Requires: the store's lock is held.
    StagedStore(std::shared_ptr<FileSystem> files, StoreFiles store);
    StagedStore(const StagedStore&) = delete;
    StagedStore& operator=(const StagedStore&) = delete;
    ~StagedStore();

    /// Where the new main file is to be; companions go beside it.
    const std::string& path() const noexcept { return path_; }
    const StoreFiles& store() const noexcept { return store_; }

    /// Puts the new store in the place of the old one, and gives it that one's owner; `mode`: and
    /// its mode, or none for others. The old one goes on under its name + `keep`; it is removed
    /// where that is empty.
    /// Requires: the new main file and every companion are there, and are durable.
    ///
    /// Throws: `StartupError` with `store_unavailable`. The text says so where the new store was
    /// chosen already: then the next start with it finishes what is missing.
    enum class Mode { as_before, private_to_owner };
    void put_in_place(const std::string& keep, Mode mode);

  private:
    void refuse_what_is_no_file() const;
    void take_owner(Mode mode);
    void choose(const std::string& keep);

    std::shared_ptr<FileSystem> files_;
    StoreFiles store_;
    std::string ending_;
    std::string path_;
    bool is_chosen_ = false;
};

/// Whether a store was chosen to replace this one, and does not stand in its place yet.
bool is_being_replaced(FileSystem& files, const std::string& main);

/// Finishes what a killed process had chosen, and removes what one had not. To be called before
/// anything else is done with the store. Requires: its lock is held.
///
/// Throws: `StartupError` with `store_unavailable` or `store_damaged`.
void finish_replacement(FileSystem& files, const StoreFiles& store);

/// A name that is free for the old store and all of its files: `wish`, or `wish` + ".2" …
std::string free_ending(FileSystem& files, const StoreFiles& store, const std::string& wish);

}  // namespace roster::storage
