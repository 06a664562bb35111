#pragma once

// Of files: who gets a new one, access control lists, extended attributes and what is mounted.

#include "core/files/file_system.hpp"

#include <optional>
#include <string>

namespace roster {

/// What root makes in a directory of a service belongs to its owner, who runs the server: with mode
/// 0600. `nullopt` if this process is not root.
std::optional<FileInfo> owner_of_new_file(FileSystem& files, const std::string& path);

/// Gives an open file the access control list and the extended attributes of another one.
/// False if the list could not be copied; other attributes are kept where they can be.
bool copy_attributes(const std::string& from, int to);

MountInfo mount_of(const std::string& path);

}  // namespace roster
