#pragma once

// A backup that a server sends, as a store beside the file that it becomes.
// Knows no store: that it is whole is checked by the reader.

#include <string>

namespace roster::cli {

/// In a directory that only its owner can read; removed at the end.
class FetchedBackup {
  public:
    /// Throws: `Refused`, `StartupError`; `storage::TargetOccupied` if the file is there and may
    /// not be replaced.
    FetchedBackup(const std::string& server, const std::string& file, bool replace);
    ~FetchedBackup();
    FetchedBackup(const FetchedBackup&) = delete;
    FetchedBackup& operator=(const FetchedBackup&) = delete;

    /// Its URL.
    const std::string& store() const noexcept { return store_; }

  private:
    std::string directory_;
    std::string store_;
};

}  // namespace roster::cli
