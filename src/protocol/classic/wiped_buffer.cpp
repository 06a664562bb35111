#include "protocol/classic/wiped_buffer.hpp"

#include <roster/secret.hpp>

#include <algorithm>
#include <utility>

namespace roster::protocol {
namespace {

// An idle connection keeps no more than this.
constexpr std::size_t kKeptBytes = 4096;

}  // namespace

WipedBuffer::WipedBuffer(WipedBuffer&& other) noexcept {
    swap(other);
}

WipedBuffer& WipedBuffer::operator=(WipedBuffer&& other) noexcept {
    WipedBuffer taken(std::move(other));
    swap(taken);
    return *this;
}

WipedBuffer::~WipedBuffer() {
    clear();
}

void WipedBuffer::swap(WipedBuffer& other) noexcept {
    std::swap(bytes_, other.bytes_);
    std::swap(capacity_, other.capacity_);
    std::swap(begin_, other.begin_);
    std::swap(end_, other.end_);
}

void WipedBuffer::append(std::string_view bytes) {
    if (bytes.empty()) return;
    if (bytes.size() > capacity_ - end_) make_room(bytes.size());
    std::copy(bytes.begin(), bytes.end(), bytes_.get() + end_);
    end_ += bytes.size();
}

void WipedBuffer::make_room(std::size_t more) {
    const std::size_t size = size_bytes();
    // Moved only when that frees half of it, so that the moves cost no more than the appends.
    const bool grow = size + more > capacity_ || begin_ < capacity_ / 2;
    const std::size_t capacity = grow ? std::max(size + more, 2 * capacity_) : capacity_;
    auto fresh = std::make_unique<char[]>(capacity);
    std::copy_n(bytes_.get() + begin_, size, fresh.get());
    clear();
    bytes_ = std::move(fresh);
    capacity_ = capacity;
    end_ = size;
}

void WipedBuffer::consume(std::size_t count) noexcept {
    if (count == 0) return;
    wipe(bytes_.get() + begin_, count);
    begin_ += count;
    if (begin_ != end_) return;
    begin_ = end_ = 0;
    if (capacity_ <= kKeptBytes) return;
    bytes_.reset();
    capacity_ = 0;
}

}  // namespace roster::protocol
