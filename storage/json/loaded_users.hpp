#pragma once

// A book read as a start reads it: the text, what the journals add, and what a person left to
// complete. Changes no file.

#include <roster/store.hpp>

#include "core/files/file_system.hpp"
#include "storage/core/store_files.hpp"
#include "storage/json/journal.hpp"
#include "storage/json/journal_replay.hpp"
#include "storage/json/users_document.hpp"

#include <optional>
#include <string>

namespace roster::storage {

struct LoadedUsers {
    /// Whole; `incomplete` where the text and the journals do not say all of it.
    UsersDocument book;
    /// The file as it was before it was read; nothing where there was none.
    std::optional<FileInfo> info;
    /// That of the text.
    Revision text_revision = 0;
    ReplayedJournal replayed;
};

/// `path` is the real one. Requires: `options.now` is set.
/// Throws: `StartupError` with `store_damaged` or `store_unavailable`.
LoadedUsers load_book(const std::string& path, const OpenOptions& options, FileSystem& files);

/// Whose names the files of a JSON store have. `path` is the real one.
StoreFiles json_store_files(std::string path);

}  // namespace roster::storage
