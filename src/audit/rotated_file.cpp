#include "audit/rotated_file.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cinttypes>
#include <cstdio>
#include <string_view>

namespace roster::audit {

std::string aside_path(const std::string& path, std::uint64_t first_seq) {
    std::array<char, 32> number{};
    const int size = std::snprintf(number.data(), number.size(), ".%012" PRIu64, first_seq);
    return path + std::string(number.data(), static_cast<std::size_t>(size));
}

result<std::vector<RotatedFile>> list_aside(FileSystem& files, const std::string& path) {
    const auto names = files.list(directory_of(path));
    if (!names) return names.error();
    const std::string before = name_of(path) + ".";
    std::vector<RotatedFile> found;
    for (const std::string& name : *names) {
        if (!name.starts_with(before)) continue;
        RotatedFile file;
        const char* const end = name.data() + name.size();
        (void)std::from_chars(name.data() + before.size(), end, file.first_seq);
        file.path = aside_path(path, file.first_seq);
        if (file.first_seq > 0 && name_of(file.path) == name) found.push_back(std::move(file));
    }
    std::sort(found.begin(), found.end(), [](const RotatedFile& one, const RotatedFile& other) {
        return one.first_seq < other.first_seq;
    });
    return found;
}

}  // namespace roster::audit
