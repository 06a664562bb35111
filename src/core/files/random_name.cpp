#include "core/files/random_name.hpp"

#include "core/text.hpp"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <cstddef>

namespace roster {
namespace {

constexpr std::size_t kBytes = 8;

}  // namespace

std::string random_name() {
    std::array<unsigned char, kBytes> random{};
    std::array<char, 2 * kBytes + 1> hex{};
    randombytes_buf(random.data(), random.size());
    return sodium_bin2hex(hex.data(), hex.size(), random.data(), random.size());
}

bool is_random_name(std::string_view name) noexcept {
    const auto is_hex = [](char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); };
    return name.size() == 2 * kBytes && std::all_of(name.begin(), name.end(), is_hex);
}

}  // namespace roster
