#include "protocol/http/header_values.hpp"

#include "core/text.hpp"
#include "protocol/syntax.hpp"

#include <algorithm>

namespace roster::protocol::http {
namespace {

std::string_view cut_parameter(std::string_view& text) noexcept {
    const std::string_view part = text.substr(0, text.find(';'));
    text.remove_prefix(std::min(part.size() + 1, text.size()));
    return trimmed(part);
}

bool is_utf8(std::string_view parameter) noexcept {
    return equals_ignoring_case(parameter, "charset=utf-8") ||
           equals_ignoring_case(parameter, "charset=\"utf-8\"");
}

// "q=0", "q=0.000".
bool is_zero_weight(std::string_view parameter) noexcept {
    return parameter.size() >= 3 && ascii_lower(parameter[0]) == 'q' && parameter[1] == '=' &&
           parameter.substr(2).find_first_not_of("0.") == parameter.npos;
}

// Who wants problems takes JSON.
bool includes(std::string_view range, std::string_view wanted) noexcept {
    const std::string_view type = cut_parameter(range);
    const bool is_its_group =
        type.ends_with("/*") &&
        equals_ignoring_case(type.substr(0, type.size() - 1), wanted.substr(0, type.size() - 1));
    const bool is_included =
        type == "*/*" || is_its_group || equals_ignoring_case(type, wanted) ||
        (wanted == "application/json" && equals_ignoring_case(type, "application/problem+json"));
    if (!is_included) return false;
    while (!range.empty())
        if (is_zero_weight(cut_parameter(range))) return false;
    return true;
}

// Cuts an entity tag off, whose quotes are part of it; empty if the list begins with something
// else.
std::string_view cut_etag(std::string_view& list) noexcept {
    const std::size_t quote = list.starts_with("W/\"") ? 2 : 0;
    if (quote >= list.size() || list[quote] != '"') return {};
    const std::size_t end = list.find('"', quote + 1);
    if (end == list.npos) return {};
    const std::string_view etag = list.substr(0, end + 1);
    list = trimmed(list.substr(end + 1));
    return etag;
}

// Elements may be empty (RFC 9110 §5.6.1.2).
std::string_view without_commas(std::string_view list) noexcept {
    return list.substr(std::min(list.find_first_not_of(", \t"), list.size()));
}

EtagMatch match_list(std::string_view list, std::string_view current, bool weakly) noexcept {
    if (list == "*") return current.empty() ? EtagMatch::differs : EtagMatch::matches;
    EtagMatch match = EtagMatch::differs;
    list = without_commas(list);
    if (list.empty()) return EtagMatch::malformed;
    while (!list.empty()) {
        std::string_view etag = cut_etag(list);
        if (etag.empty()) return EtagMatch::malformed;
        if (weakly && etag.starts_with('W')) etag.remove_prefix(2);
        if (etag == current) match = EtagMatch::matches;
        if (!list.empty() && list.front() != ',') return EtagMatch::malformed;
        list = without_commas(list);
    }
    return match;
}

EtagMatch match_fields(const Fields& fields, std::string_view name, std::string_view current,
                       bool weakly) noexcept {
    EtagMatch match = EtagMatch::absent;
    std::size_t i = 0;
    while (const auto list = fields.find_from(i, name)) {
        const EtagMatch here = match_list(*list, current, weakly);
        if (here == EtagMatch::malformed) return here;
        if (match != EtagMatch::matches) match = here;
    }
    return match;
}

}  // namespace

bool is_media_type(std::string_view content_type, std::string_view wanted) noexcept {
    if (!equals_ignoring_case(cut_parameter(content_type), wanted)) return false;
    return content_type.empty() || is_utf8(trimmed(content_type));
}

bool accepts(const Fields& fields, std::string_view type) noexcept {
    bool said = false;
    std::size_t i = 0;
    while (auto list = fields.find_from(i, "Accept")) {
        const std::string_view wanted = cut_parameter(type);
        while (!list->empty()) {
            const std::string_view range = take_element(*list);
            if (includes(range, wanted)) return true;
            said = said || range.find('/') != range.npos;
        }
    }
    return !said;
}

EtagMatch if_match(const Fields& fields, std::string_view etag) noexcept {
    return match_fields(fields, "If-Match", etag, false);
}

EtagMatch if_none_match(const Fields& fields, std::string_view etag) noexcept {
    return match_fields(fields, "If-None-Match", etag, true);
}

}  // namespace roster::protocol::http
