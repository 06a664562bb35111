#include "core/files/non_blocking_output.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>

namespace roster {

NonBlockingOutput::NonBlockingOutput(int descriptor) : descriptor_(descriptor) {
    struct stat info {};
    if (::fstat(descriptor, &info) != 0) return;
    is_socket_ = S_ISSOCK(info.st_mode);
    // Opened again: what other processes have as well must not change its mode.
    const std::string path = "/proc/self/fd/" + std::to_string(descriptor);
    if (S_ISFIFO(info.st_mode) || S_ISCHR(info.st_mode))
        reopened_ = ::open(path.c_str(), O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (reopened_ >= 0) descriptor_ = reopened_;
}

NonBlockingOutput::~NonBlockingOutput() {
    if (reopened_ >= 0) ::close(reopened_);
}

result<std::size_t> NonBlockingOutput::write(std::string_view bytes) {
    for (;;) {
        const auto written = is_socket_ ? ::send(descriptor_, bytes.data(), bytes.size(),
                                                 MSG_DONTWAIT | MSG_NOSIGNAL)
                                        : ::write(descriptor_, bytes.data(), bytes.size());
        if (written >= 0) return static_cast<std::size_t>(written);
        if (errno != EINTR)
            return {boost::system::in_place_error, errno, boost::system::system_category()};
    }
}

}  // namespace roster
