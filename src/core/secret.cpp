#include <roster/secret.hpp>

#include <algorithm>
#include <cstring>
#include <utility>

namespace roster {

Secret::Secret(std::string_view bytes) : size_bytes_(bytes.size()) {
    if (bytes.empty()) return;
    bytes_ = std::make_unique<char[]>(bytes.size());
    std::copy(bytes.begin(), bytes.end(), bytes_.get());
}

Secret::Secret(const Secret& other) : Secret(other.reveal()) {}

Secret::Secret(Secret&& other) noexcept
    : bytes_(std::move(other.bytes_)), size_bytes_(std::exchange(other.size_bytes_, 0)) {}

Secret& Secret::operator=(Secret other) noexcept {
    swap(*this, other);
    return *this;
}

Secret::~Secret() {
    if (bytes_) wipe(bytes_.get(), size_bytes_);
}

void swap(Secret& a, Secret& b) noexcept {
    std::swap(a.bytes_, b.bytes_);
    std::swap(a.size_bytes_, b.size_bytes_);
}

void wipe(void* memory, std::size_t size_bytes) noexcept {
    if (size_bytes == 0) return;
    std::memset(memory, 0, size_bytes);
    // To the compiler somebody may read the memory now.
    asm volatile("" : : "r"(memory) : "memory");
}

}  // namespace roster
