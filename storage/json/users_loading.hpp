#pragma once

// A users file read as a start reads it: the text, what the journals add, and what a person left to
// complete. Changes no file.

#include <roster/store.hpp>

#include "core/files/file_system.hpp"
#include "storage/core/store_files.hpp"
#include "storage/json/journal.hpp"
#include "storage/json/users_document.hpp"

#include <optional>
#include <string>

namespace roster::storage {

struct LoadedUsers {
    /// `incomplete` if the text and the journals do not say all of it.
    UsersDocument document;
    /// The file as it was before it was read; nullopt if there was none.
    std::optional<FileInfo> info;
    /// That of the text.
    Revision text_revision = 0;
    ReplayedJournal replayed;
    /// Plain passwords that were left out.
    std::size_t left_out = 0;
};

/// What becomes of plain passwords in the file.
enum class PlainPasswords { hash, leave_out };

/// `path` is the real one. Requires: `options.now` is set.
/// Throws: `StartupError` with `store_damaged` or `store_unavailable`.
LoadedUsers load_users(const std::string& path, const OpenOptions& options, FileSystem& files,
                       PlainPasswords plain = PlainPasswords::hash);

/// The files of a JSON store. `path` is the real one.
StoreFiles json_store_files(std::string path);

/// "cannot be opened", "cannot be written" …
[[noreturn]] void throw_unavailable(const std::string& path, const std::string& what,
                                    const boost::system::error_code& error);

}  // namespace roster::storage
