#include "cli/io/service_manager.hpp"

#include "core/files/descriptor.hpp"
#include "core/json/json_parser.hpp"

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <limits>

namespace roster::cli {

ServiceManager::ServiceManager(
    const std::function<std::optional<std::string>(const std::string& name)>& variable)
    : socket_(variable("NOTIFY_SOCKET").value_or("")) {
    const auto interval = parse_decimal(variable("WATCHDOG_USEC").value_or(""));
    const auto pid = variable("WATCHDOG_PID");
    const bool is_meant = !pid || *pid == std::to_string(::getpid());
    constexpr std::uint64_t kMost = std::numeric_limits<std::int64_t>::max() / 1000;
    if (is_meant && interval && *interval > 0 && *interval <= kMost)
        watchdog_ = std::chrono::microseconds(*interval);
}

void ServiceManager::tell(std::string_view state) const noexcept {
    sockaddr_un address{};
    if (socket_.empty() || socket_.size() > sizeof address.sun_path) return;
    address.sun_family = AF_UNIX;
    std::copy(socket_.begin(), socket_.end(), address.sun_path);
    if (socket_.front() == '@') address.sun_path[0] = '\0';
    const Descriptor descriptor(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (!descriptor.is_open()) return;
    const timeval patience{1, 0};
    ::setsockopt(descriptor.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket_.size());
    (void)::sendto(descriptor.get(), state.data(), state.size(), MSG_NOSIGNAL,
                   reinterpret_cast<const sockaddr*>(&address), length);
}

void ServiceManager::tell_reloading() const {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    tell("RELOADING=1\nMONOTONIC_USEC=" +
         std::to_string(std::int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1000));
}

}  // namespace roster::cli
