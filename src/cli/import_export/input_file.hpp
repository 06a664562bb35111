#pragma once

// Where the bytes of an import come from: a file, or standard input.

#include "cli/import_export/line_source.hpp"

#include <cstdint>
#include <string>

namespace roster::cli {

class InputFile {
  public:
    /// `path` "-": standard input.
    /// Throws: `StartupError` with `internal`, which names the file.
    explicit InputFile(const std::string& path);
    ~InputFile();

    InputFile(const InputFile&) = delete;
    InputFile& operator=(const InputFile&) = delete;

    /// Lifetime: not longer than the file.
    ByteSource bytes();

    /// 0 where it is not known, as of a pipe.
    std::uint64_t size_bytes() const noexcept { return size_bytes_; }

    /// For messages.
    const std::string& name() const noexcept { return name_; }

  private:
    std::string name_;
    int descriptor_;
    std::uint64_t size_bytes_ = 0;
};

}  // namespace roster::cli
