#pragma once

// The token of a server that `roster login` keeps: a file for each server, which only its owner can
// read, in $XDG_CONFIG_HOME/roster or ~/.config/roster. Knows no command and asks no server.

#include <roster/api_client.hpp>
#include <roster/secret.hpp>

#include "cli/config/settings.hpp"

#include <optional>
#include <string>

namespace roster::cli {

/// Whether it can be sent: printable ASCII without spaces.
bool is_token(const Secret& text) noexcept;

class SavedToken {
  public:
    /// Throws: `UsageError` if the environment names no directory.
    SavedToken(const ApiEndpoint& server, const Environment& environment);

    const std::string& path() const noexcept { return path_; }

    /// nullopt if there is no file.
    /// Throws: `Refused` if others can read the file, or it holds no token.
    std::optional<Secret> read() const;

    /// Creates the directory if it is missing. Throws: `StartupError`.
    void save(const Secret& token) const;

    /// Throws: `StartupError`.
    void remove() const;

  private:
    std::string path_;
};

}  // namespace roster::cli
