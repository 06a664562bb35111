#include "cli/import_export/input_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace roster::cli {
namespace {

boost::system::error_code last_error() noexcept {
    return {errno, boost::system::system_category()};
}

result<std::size_t> read_some(int descriptor, std::span<char> into) {
    for (;;) {
        const auto got = ::read(descriptor, into.data(), into.size());
        if (got >= 0) return static_cast<std::size_t>(got);
        if (errno != EINTR) return last_error();
    }
}

}  // namespace

InputFile::InputFile(const std::string& path)
    : name_(path == "-" ? "standard input" : path),
      descriptor_(path == "-" ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
    if (descriptor_ < 0)
        throw StartupError(Errc::internal, name_ + " cannot be opened: " + last_error().message());
    struct stat status {};
    if (::fstat(descriptor_, &status) == 0 && S_ISREG(status.st_mode))
        size_bytes_ = static_cast<std::uint64_t>(status.st_size);
}

InputFile::~InputFile() {
    if (descriptor_ != STDIN_FILENO) ::close(descriptor_);
}

ByteSource InputFile::bytes() {
    return [descriptor = descriptor_](std::span<char> into) { return read_some(descriptor, into); };
}

}  // namespace roster::cli
