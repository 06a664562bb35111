#include "server/pages/page.hpp"

#include "server/http/compiled_files.hpp"

#include <kainjow/mustache.hpp>

#include <algorithm>
#include <stdexcept>

namespace roster::server {
namespace {

namespace mustache = kainjow::mustache;

mustache::data data_of(const View& view) {
    mustache::data data;
    for (const auto& [name, text] : view.texts())
        data.set(name, text);
    for (const auto& [name, items] : view.lists()) {
        mustache::data list(mustache::data::type::list);
        for (const View& item : items)
            list.push_back(data_of(item));
        data.set(name, std::move(list));
    }
    return data;
}

// Before it is parsed: as values of the template all texts would cost more than the page.
std::string translated(std::string_view text, const Texts& texts) {
    constexpr std::string_view kOpen = "{{t.";
    constexpr std::string_view kClose = "}}";
    std::string out;
    for (;;) {
        const std::size_t open = std::min(text.find(kOpen), text.size());
        out += text.substr(0, open);
        text.remove_prefix(open);
        if (text.empty()) return out;
        const std::size_t close = text.find(kClose);
        out += texts.get(text.substr(kOpen.size(), close - kOpen.size()));
        text.remove_prefix(close + kClose.size());
    }
}

std::string path_of(std::string_view name) {
    const CompiledFile& file = compiled_file(name);
    return std::string("/pages/").append(file.digest).append("/").append(file.name);
}

}  // namespace

std::string render(std::string_view name, const View& view, const Texts& texts) {
    std::string whole;
    for (const std::string& part : {std::string("head"), std::string(name), std::string("foot")})
        whole += compiled_file(part + ".html").text;
    mustache::mustache page(translated(whole, texts));
    std::string html = page.render(data_of(view));
    if (!page.is_valid())
        throw std::logic_error("template " + std::string(name) + ": " + page.error_message());
    return html;
}

std::string style_path() {
    return path_of("style.css");
}

std::string icon_path() {
    return path_of("icon.svg");
}

}  // namespace roster::server
