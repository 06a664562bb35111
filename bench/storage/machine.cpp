#include "bench/storage/machine.hpp"

#include <spdlog/fmt/fmt.h>

#include <sys/utsname.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string_view>
#include <thread>

namespace roster::bench {
namespace {

std::string processor() {
    std::ifstream lines("/proc/cpuinfo");
    std::string line;
    while (std::getline(lines, line)) {
        const auto colon = line.find(": ");
        if (line.starts_with("model name") && colon != line.npos) return line.substr(colon + 2);
    }
    return "unknown";
}

double memory_gib() {
    const auto pages = static_cast<double>(sysconf(_SC_PHYS_PAGES));
    return pages * static_cast<double>(sysconf(_SC_PAGE_SIZE)) / (1 << 30);
}

std::string kernel() {
    utsname name{};
    if (uname(&name) != 0) return "unknown";
    return fmt::format("{} {} {}", name.sysname, name.release, name.machine);
}

bool is_below(std::string_view path, std::string_view mount) {
    if (mount == "/") return true;
    return path.starts_with(mount) && (path.size() == mount.size() || path[mount.size()] == '/');
}

// The innermost mount that the directory is below.
std::string file_system(const std::string& directory) {
    const std::string path = std::filesystem::canonical(directory).string();
    std::ifstream lines("/proc/self/mounts");
    std::string line;
    std::string found = "unknown";
    std::size_t found_bytes = 0;
    while (std::getline(lines, line)) {
        std::istringstream words(line);
        std::string device;
        std::string mount;
        std::string type;
        std::string flags;
        words >> device >> mount >> type >> flags;
        if (!is_below(path, mount) || mount.size() < found_bytes) continue;
        found_bytes = mount.size();
        found = fmt::format("{} on {} ({})", type, device, flags);
    }
    return found;
}

std::string load_average() {
    std::array<double, 3> load{};
    if (getloadavg(load.data(), 3) != 3) return "unknown";
    return fmt::format("{:.1f} {:.1f} {:.1f} when it began", load[0], load[1], load[2]);
}

}  // namespace

std::string describe_machine(const std::string& directory) {
    return fmt::format(
        "processor    {}, {} cores, {:.0f} GiB of memory\n"
        "kernel       {}\n"
        "file system  {}\n"
        "load         {}\n",
        processor(), std::thread::hardware_concurrency(), memory_gib(), kernel(),
        file_system(directory), load_average());
}

}  // namespace roster::bench
