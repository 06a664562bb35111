#include "core/files/file_system.hpp"

#include "core/text.hpp"

#include <boost/system/errc.hpp>

#include <sodium.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>

namespace roster {
namespace {

constexpr std::size_t kRandomBytes = 8;

}  // namespace

result<void> append_all(File& file, std::string_view bytes) {
    while (!bytes.empty()) {
        const auto written = file.append(bytes);
        if (!written) return written.error();
        // Without progress and without an error this would never end.
        if (*written == 0) return make_error_code(boost::system::errc::io_error);
        bytes.remove_prefix(std::min(*written, bytes.size()));
    }
    return {};
}

result<std::string> read_all(File& file) {
    const auto info = file.info();
    if (!info) return info.error();
    std::string text(static_cast<std::size_t>(info->size_bytes) + 1, '\0');
    std::size_t size = 0;
    for (;;) {
        if (size == text.size()) text.resize(text.size() * 2);
        const auto got = file.read_at(size, std::span(text).subspan(size));
        if (!got) return got.error();
        if (*got == 0) break;
        size += *got;
    }
    text.resize(size);
    return text;
}

result<std::string> read_file(FileSystem& files, const std::string& path) {
    const auto file = files.open(path, OpenMode::read);
    if (!file) return file.error();
    return read_all(**file);
}

boost::system::error_code last_error() noexcept {
    return {errno, boost::system::system_category()};
}

bool is_not_found(const boost::system::error_code& error) noexcept {
    return error == boost::system::errc::no_such_file_or_directory;
}

void throw_unavailable(const std::string& path, std::string_view what,
                       const boost::system::error_code& error) {
    const bool is_forbidden = error == boost::system::errc::permission_denied;
    throw StartupError(Errc::store_unavailable,
                       path + ": cannot be " + std::string(what) + ": " + error.message() +
                           (is_forbidden ? "; be the user whose file it is, as with sudo -u" : ""));
}

std::string directory_of(const std::string& path) {
    const auto slash = path.rfind('/');
    if (slash == std::string::npos) return ".";
    return slash == 0 ? "/" : path.substr(0, slash);
}

std::string name_of(const std::string& path) {
    const auto slash = path.rfind('/');
    return slash == std::string::npos ? path : path.substr(slash + 1);
}

std::string random_name() {
    std::array<unsigned char, kRandomBytes> random{};
    std::array<char, 2 * kRandomBytes + 1> hex{};
    randombytes_buf(random.data(), random.size());
    return sodium_bin2hex(hex.data(), hex.size(), random.data(), random.size());
}

bool is_random_name(std::string_view name) noexcept {
    const auto is_hex = [](char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); };
    return name.size() == 2 * kRandomBytes && std::all_of(name.begin(), name.end(), is_hex);
}

}  // namespace roster
