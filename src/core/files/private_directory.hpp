#pragma once

// A temporary directory that only its owner can read. Knows nothing of what is in it.

#include <roster/error.hpp>

#include "core/files/file_system.hpp"
#include "core/text.hpp"

#include <stdlib.h>

#include <filesystem>
#include <string>
#include <system_error>

namespace roster {

/// Removed at the end, with all that is in it.
class PrivateDirectory {
  public:
    /// Random letters follow `begin`. Throws: `StartupError`.
    explicit PrivateDirectory(const std::string& begin) : path_(begin + "XXXXXX") {
        if (::mkdtemp(path_.data()) == nullptr)
            throw StartupError(Errc::store_unavailable,
                               printable(path_) + ": cannot be opened: " + last_error().message());
    }
    ~PrivateDirectory() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    PrivateDirectory(const PrivateDirectory&) = delete;
    PrivateDirectory& operator=(const PrivateDirectory&) = delete;

    std::string file(const char* name) const { return path_ + "/" + name; }

  private:
    std::string path_;
};

}  // namespace roster
