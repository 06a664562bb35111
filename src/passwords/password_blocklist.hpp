#pragma once

// Common passwords, which nobody may choose. Keeps a hash of eight bytes for each, no password.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace roster::passwords {

/// The passwords that are compiled in: one a line, in UTF-8, without capital letters.
std::string_view common_passwords() noexcept;

/// Compared without regard to the case of ASCII letters.
///
/// Threads: any.
class PasswordBlocklist {
  public:
    /// `common_passwords()`.
    static PasswordBlocklist shipped();

    /// A file of one password a line: UTF-8, with or without CR before the LF and a byte order
    /// mark; empty lines do not count, and nothing is a comment.
    ///
    /// Throws: `StartupError` with `invalid_request`; its text names the file, and the line that is
    /// not UTF-8 or longer than any password. A file of more than 64 MiB is refused, too.
    static PasswordBlocklist from_file(const std::string& path);

    /// Units: distinct passwords, as they are compared.
    std::size_t size() const noexcept { return hashes_.size(); }

    /// Another password is taken for one of a million with a probability below 10^-13.
    bool contains(std::string_view password) const noexcept;

  private:
    PasswordBlocklist() = default;

    void add(std::string_view password);
    void seal();

    std::vector<std::size_t> hashes_;
};

}  // namespace roster::passwords
