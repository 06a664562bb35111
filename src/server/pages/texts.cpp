#include "server/pages/texts.hpp"

#include "core/text.hpp"
#include "protocol/syntax.hpp"
#include "server/http/compiled_files.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <array>
#include <stdexcept>

namespace roster::server {
namespace {

// In thousandths; what is no weight counts as 1.
unsigned weight_of(std::string_view parameters) noexcept {
    const std::size_t begin = parameters.find("q=");
    if (begin == parameters.npos) return 1000;
    std::string_view weight = parameters.substr(begin + 2);
    if (!weight.starts_with('0')) return 1000;
    unsigned thousandths = 0;
    weight.remove_prefix(std::min<std::size_t>(weight.size(), 2));
    for (std::size_t i = 0; i < 3; ++i) {
        const bool has_digit = i < weight.size() && is_digit(weight[i]);
        thousandths = thousandths * 10 + (has_digit ? static_cast<unsigned>(weight[i] - '0') : 0);
    }
    return thousandths;
}

// "de" of "de-CH".
std::string_view primary_tag(std::string_view range) noexcept {
    return range.substr(0, range.find('-'));
}

}  // namespace

Texts::Texts(std::string_view language) : language_(language) {
    const auto document = boost::json::parse(compiled_file(std::string(language) + ".json").text);
    for (const auto& member : document.as_object())
        texts_.emplace(std::string(member.key()), std::string(member.value().as_string()));
}

const Texts& Texts::of(const protocol::http::Fields& fields) {
    static const std::array kLanguages{Texts("en"), Texts("de"), Texts("ko")};
    const Texts* best = &kLanguages.front();
    unsigned best_weight = 0;
    std::size_t i = 0;
    while (auto list = fields.find_from(i, "Accept-Language")) {
        while (!list->empty()) {
            const std::string_view element = protocol::take_element(*list);
            const std::size_t end = std::min(element.find(';'), element.size());
            const std::string_view range = protocol::trimmed(element.substr(0, end));
            const unsigned weight = weight_of(element.substr(end));
            for (const Texts& texts : kLanguages) {
                const bool is_it = equals_ignoring_case(primary_tag(range), texts.language_);
                if (!is_it || weight <= best_weight) continue;
                best = &texts;
                best_weight = weight;
            }
        }
    }
    return *best;
}

std::string Texts::get(std::string_view key, Values values) const {
    const auto found = texts_.find(key);
    if (found == texts_.end()) throw std::out_of_range("no text " + std::string(key));
    std::string_view rest = found->second;
    std::string out;
    for (;;) {
        const std::size_t open = std::min(rest.find('{'), rest.size());
        out += rest.substr(0, open);
        rest.remove_prefix(open);
        if (rest.empty()) return out;
        const std::size_t close = rest.find('}');
        const std::string_view name = rest.substr(1, close - 1);
        for (const auto& [given, value] : values)
            if (given == name) out += value;
        rest.remove_prefix(close + 1);
    }
}

}  // namespace roster::server
