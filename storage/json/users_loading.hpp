#pragma once

// The users as a start finds them, before it changes any file: the record, NAME.base and the
// journals, or the users file alone if there is no record yet.

#include <roster/store.hpp>

#include "core/files/file_system.hpp"
#include "storage/core/store_files.hpp"
#include "storage/json/edit_merge.hpp"
#include "storage/json/journal.hpp"
#include "storage/json/recent_changes.hpp"
#include "storage/json/users_document.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace roster::storage {

/// The last snapshot, which only the server writes; the users file is the copy for people.
std::string snapshot_path(const std::string& users_file);

/// The snapshot, or the users file if there is no snapshot: the file that the journals continue.
std::string record_path(FileSystem& files, const std::string& users_file);

struct LoadedUsers {
    /// `incomplete` if a users file without a snapshot, and the journals, do not say all of it.
    UsersDocument document;
    /// Whether the snapshot was read, and not the users file.
    bool is_snapshot = false;
    /// The file that was read as it was before; nullopt if there was none.
    std::optional<FileInfo> info;
    /// Of its text.
    Revision text_revision = 0;
    std::uint64_t text_digest = 0;
    ReplayedJournal replayed;
    /// What the journals changed.
    RecentChanges recent{0};
    /// Plain passwords that were left out.
    std::size_t left_out = 0;
    /// Users whom an edit that waited has changed.
    std::size_t edited = 0;
};

/// What becomes of plain passwords in the users file.
enum class PlainPasswords { hash, leave_out };

/// `path` is the real one of the users file. Requires: `options.now` is set.
/// Throws: `StartupError` with `store_damaged` or `store_unavailable`.
LoadedUsers load_users(const std::string& path, const OpenOptions& options, FileSystem& files,
                       PlainPasswords plain = PlainPasswords::hash);

/// Without the byte order mark that some editors write.
std::string without_mark(std::string text);

/// Reads a text that a person may have edited; its plain passwords are hashed or left out.
std::variant<UsersDocument, Diagnostic> parse_edit(std::string_view text,
                                                   const OpenOptions& options,
                                                   PlainPasswords plain);

/// Takes over what a person wrote into the users file of a store that no server has open, into
/// the document alone. Returns what is wrong with it; the document is as it was then.
std::optional<Diagnostic> add_waiting_edit(const std::string& path, const OpenOptions& options,
                                           FileSystem& files, PlainPasswords plain,
                                           LoadedUsers& loaded);

/// Requires: the document has a `hashing_error`.
[[noreturn]] void throw_unhashed(const std::string& path, const UsersDocument& document);

/// The files of a JSON store. `path` is the real one.
StoreFiles json_store_files(std::string path);

}  // namespace roster::storage
