#pragma once

// Makes HTML of a template and what it shows, which is escaped. Knows no request.

#include "server/pages/texts.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace roster::server {

/// What a template shows: texts and lists by name. One that is not there, or empty, is no section.
class View {
  public:
    View& set(std::string_view name, std::string_view text) {
        if (!text.empty()) texts_.emplace_back(name, text);
        return *this;
    }
    View& set(std::string_view name, bool is_shown) { return set(name, is_shown ? "1" : ""); }
    View& set(std::string_view name, const char* text) { return set(name, std::string_view(text)); }
    View& set(std::string_view name, View item) {
        std::vector<View> items;
        items.push_back(std::move(item));
        return set(name, std::move(items));
    }
    View& set(std::string_view name, std::vector<View> items) {
        if (!items.empty()) lists_.emplace_back(name, std::move(items));
        return *this;
    }

    const std::vector<std::pair<std::string, std::string>>& texts() const noexcept {
        return texts_;
    }
    const std::vector<std::pair<std::string, std::vector<View>>>& lists() const noexcept {
        return lists_;
    }

  private:
    std::vector<std::pair<std::string, std::string>> texts_;
    std::vector<std::pair<std::string, std::vector<View>>> lists_;
};

/// `name`: of the template, without its ending, in which `{{t.KEY}}` is a text.
/// Throws: `std::logic_error` for a template that is malformed, or a text that is not there.
std::string render(std::string_view name, const View& view, const Texts& texts);

/// Where the browser finds the style and the icon; a change of them changes the path.
std::string style_path();
std::string icon_path();

}  // namespace roster::server
