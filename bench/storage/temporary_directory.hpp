#pragma once

// Where a benchmark makes its stores.

#include <stdlib.h>

#include <cerrno>
#include <filesystem>
#include <string>
#include <system_error>

namespace roster::bench {

/// A directory of its own, removed with all that is in it.
class TemporaryDirectory {
  public:
    explicit TemporaryDirectory(const std::string& parent)
        : path_((std::filesystem::absolute(parent) / "roster-bench-XXXXXX").string()) {
        if (mkdtemp(path_.data()) == nullptr)
            throw std::system_error(errno, std::generic_category(), path_);
    }
    TemporaryDirectory(const TemporaryDirectory&) = delete;
    TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
    ~TemporaryDirectory() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }

    const std::string& path() const noexcept { return path_; }

  private:
    std::string path_;
};

}  // namespace roster::bench
