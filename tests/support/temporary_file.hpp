#pragma once

// A file that is removed at the end of the test.

#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>

namespace roster::testing {

class TemporaryFile {
  public:
    explicit TemporaryFile(std::string_view text) {
        path_ = (std::filesystem::temp_directory_path() / "roster-test-XXXXXX").string();
        const int file = ::mkstemp(path_.data());
        if (file < 0) throw std::runtime_error("no temporary file");
        ::close(file);
        std::ofstream(path_, std::ios::binary) << text;
    }
    ~TemporaryFile() { ::unlink(path_.c_str()); }
    TemporaryFile(const TemporaryFile&) = delete;
    TemporaryFile& operator=(const TemporaryFile&) = delete;

    const std::string& path() const noexcept { return path_; }

  private:
    std::string path_;
};

}  // namespace roster::testing
