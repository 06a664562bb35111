#pragma once

// A password, a hash or a token on its way through the program.
// Does not interpret the bytes; it only leaves no copies of them in memory.

#include <cstddef>
#include <memory>
#include <string_view>

namespace roster {

/// Bytes that cannot be printed and are wiped when they are no longer needed.
///
/// Threads: distinct objects from any thread.
class Secret {
  public:
    Secret() = default;
    explicit Secret(std::string_view bytes);
    Secret(const Secret& other);
    Secret(Secret&& other) noexcept;
    Secret& operator=(Secret other) noexcept;
    ~Secret();

    /// The bytes themselves, for the code that needs them: hashing, codecs, stores.
    /// Lifetime: until the secret is assigned to, moved from or destroyed.
    std::string_view reveal() const noexcept { return {bytes_.get(), size_bytes_}; }

    bool empty() const noexcept { return size_bytes_ == 0; }
    std::size_t size_bytes() const noexcept { return size_bytes_; }

    friend void swap(Secret& a, Secret& b) noexcept;

  private:
    // Not a std::string: a moved-from short string keeps its characters.
    std::unique_ptr<char[]> bytes_;
    std::size_t size_bytes_ = 0;
};

/// Overwrites memory in a way that the optimiser does not remove.
void wipe(void* memory, std::size_t size_bytes) noexcept;

}  // namespace roster
