#pragma once

// All of a JSON store at once: read as a start reads it, or made as a new one.

#include <roster/store.hpp>

#include "core/files/file_system.hpp"
#include "storage/core/bulk.hpp"

#include <memory>
#include <string>

namespace roster::storage {

/// A store that no server changes meanwhile, with what a person wrote into the users file since;
/// no file of it is changed. Null without one. `path` is the real one. Requires: `options.now` is
/// set.
///
/// Throws: as `load_users`.
std::unique_ptr<StoreReader> read_json_store(const std::string& path, const OpenOptions& options,
                                             FileSystem& files);

/// The record of a store that a server changes meanwhile: a state that was committed, with
/// everything that was acknowledged before the call.
///
/// Throws: also with `store_unavailable` if the files changed all the time, or no server has made a
/// record yet and passwords are plain.
std::unique_ptr<StoreReader> read_served_json_store(const std::string& path,
                                                    const OpenOptions& options, FileSystem& files);

/// The same for commands that only show: with what a person wrote into the users file since, as a
/// start would find it, but for plain passwords.
///
/// Throws: as `load_users`; and with `store_unavailable` if the files changed all the time.
std::unique_ptr<StoreReader> read_json_view(const std::string& path, const OpenOptions& options,
                                            FileSystem& files);

/// `path`: of the users file to be made. There may be none of the store's files.
std::unique_ptr<StoreWriter> make_json_store(const std::string& path,
                                             std::shared_ptr<FileSystem> files);

}  // namespace roster::storage
