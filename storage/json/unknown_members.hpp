#pragma once

// Members of a book that roster does not know, kept as compact JSON while they go by.
// Knows no meaning: numbers keep their digits, whatever they are.

#include <boost/unordered/unordered_flat_set.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace roster::storage {

/// Appends a JSON string, quotes included.
void append_json_string(std::string_view text, std::string& out);

class UnknownMembers {
  public:
    /// Begins a member of the outer object.
    void begin_member(std::string_view name);

    /// False where the object has this name already.
    bool name(std::string_view name);
    void string(std::string_view text);
    /// A number, true, false or null, as it was written.
    void literal(std::string_view text);
    void begin(char bracket);
    void end();

    /// Whether the value of the member is still to come, or not finished.
    bool is_open() const noexcept { return open_; }
    std::size_t size_bytes() const noexcept { return text_.size(); }

    /// Gives `"name":value,…` and begins anew.
    std::string take();

  private:
    struct Level {
        bool is_object = false;
        bool is_empty = true;
        boost::unordered_flat_set<std::string> names;
    };

    void begin_value();
    void end_value() noexcept { open_ = !levels_.empty(); }

    std::string text_;
    std::vector<Level> levels_;
    bool open_ = false;
};

}  // namespace roster::storage
