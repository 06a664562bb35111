#include "passwords/password_blocklist.hpp"

#include <roster/error.hpp>
#include <roster/secret.hpp>

#include "core/text.hpp"
#include "passwords/password_policy.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <functional>
#include <system_error>

namespace roster::passwords {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t kMaxFileBytes = 64 * 1024 * 1024;

[[noreturn]] void throw_refused(const std::string& place, const std::string& why) {
    throw StartupError(Errc::invalid_request,
                       "the list of passwords " + printable(place, 1024) + " " + why);
}

[[noreturn]] void throw_refused(const std::string& path, std::size_t line, const std::string& why) {
    throw_refused(path + ":" + std::to_string(line), why);
}

std::ifstream open_list(const std::string& path) {
    std::error_code ec;
    const fs::file_status status = fs::status(path, ec);
    if (ec && status.type() != fs::file_type::not_found)
        throw_refused(path, "cannot be read: " + ec.message());
    if (status.type() == fs::file_type::not_found) throw_refused(path, "does not exist");
    if (status.type() != fs::file_type::regular) throw_refused(path, "is not a regular file");
    if (fs::file_size(path, ec) > kMaxFileBytes && !ec) throw_refused(path, "has more than 64 MiB");
    std::ifstream file(path, std::ios::binary);
    if (!file) throw_refused(path, "cannot be read: " + std::generic_category().message(errno));
    return file;
}

// Passwords that were made to collide would only be refused to those who choose them.
std::size_t hash_of(std::string_view password) noexcept {
    std::array<char, kMaxPasswordBytes> folded;
    std::transform(password.begin(), password.end(), folded.begin(), ascii_lower);
    const std::size_t hash =
        std::hash<std::string_view>()(std::string_view(folded.data(), password.size()));
    wipe(folded.data(), password.size());
    return hash;
}

}  // namespace

PasswordBlocklist PasswordBlocklist::shipped() {
    PasswordBlocklist list;
    std::string_view rest = common_passwords();
    while (!rest.empty()) {
        const std::size_t end = std::min(rest.find('\n'), rest.size());
        list.add(rest.substr(0, end));
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    list.seal();
    return list;
}

PasswordBlocklist PasswordBlocklist::from_file(const std::string& path) {
    constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
    std::ifstream file = open_list(path);
    PasswordBlocklist list;
    std::string line;
    for (std::size_t number = 1; std::getline(file, line); ++number) {
        std::string_view password = line;
        if (number == 1 && password.starts_with(kByteOrderMark))
            password.remove_prefix(kByteOrderMark.size());
        if (password.ends_with('\r')) password.remove_suffix(1);
        if (password.size() > kMaxPasswordBytes)
            throw_refused(path, number, "is longer than the longest password, of 1024 bytes");
        if (!count_code_points(password)) throw_refused(path, number, "is not UTF-8");
        list.add(password);
    }
    if (!file.eof())
        throw_refused(path, "cannot be read: " + std::generic_category().message(errno));
    list.seal();
    return list;
}

bool PasswordBlocklist::contains(std::string_view password) const noexcept {
    if (password.empty() || password.size() > kMaxPasswordBytes) return false;
    return std::binary_search(hashes_.begin(), hashes_.end(), hash_of(password));
}

void PasswordBlocklist::add(std::string_view password) {
    if (!password.empty()) hashes_.push_back(hash_of(password));
}

void PasswordBlocklist::seal() {
    std::sort(hashes_.begin(), hashes_.end());
    hashes_.erase(std::unique(hashes_.begin(), hashes_.end()), hashes_.end());
    hashes_.shrink_to_fit();
}

}  // namespace roster::passwords
