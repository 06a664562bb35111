#pragma once

// JSON whose meaning is not roster's matter, kept as compact text while its tokens go by: members
// of a book that roster does not know, and metadata. Numbers keep their digits, whatever they are.

#include <boost/unordered/unordered_flat_set.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace roster {

/// Appends a JSON string, quotes included.
void append_json_string(std::string_view text, std::string& out);

class RawJson {
  public:
    /// Begins a member of an outer object that is not itself kept.
    void begin_member(std::string_view name);

    /// False where the object has this name already.
    bool name(std::string_view name);
    void string(std::string_view text);
    /// A number, true, false or null, as it was written.
    void literal(std::string_view text);
    void begin(char bracket);
    void end();

    /// Whether a value is still to come, or not finished.
    bool is_open() const noexcept { return open_; }
    std::size_t size_bytes() const noexcept { return text_.size(); }
    /// How many brackets stood within one another at most.
    std::size_t depth() const noexcept { return depth_; }

    /// Gives `"name":value,…`, or the value where no member was begun, and begins anew.
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
    std::size_t depth_ = 0;
    bool open_ = false;
};

}  // namespace roster
