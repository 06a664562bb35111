#pragma once

// The file beside a store that has the code for its first administrator, while a server waits for
// one. Knows no server.

#include <roster/secret.hpp>

#include <string>

namespace roster {
class Log;
}

namespace roster::cli {

/// Threads: one at a time.
class SetupFile {
  public:
    /// Beside the store; a store without a file has none. Removes what a killed server left.
    explicit SetupFile(const std::string& store);
    ~SetupFile() { remove(); }

    SetupFile(const SetupFile&) = delete;
    SetupFile& operator=(const SetupFile&) = delete;

    /// With mode 0600. If that is impossible the log says so, which has the code, too.
    void write(const Secret& code, Log& log);
    void remove();

  private:
    std::string path_;
};

}  // namespace roster::cli
