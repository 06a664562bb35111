#include "protocol/http/form_body.hpp"

#include "protocol/http/escapes.hpp"

#include <algorithm>

namespace roster::protocol::http {
namespace {

// `nullopt`: it is malformed or too long.
std::optional<Secret> decoded(std::string_view text) {
    WipedText plain;
    // No smaller piece of it stays in memory that was given back.
    plain.reserve(text.size());
    if (!append_unescaped(text, true, plain) || plain.size() > kMaxFormFieldBytes)
        return std::nullopt;
    return Secret(std::string_view(plain.data(), plain.size()));
}

Problem malformed(const char* what) {
    return {ProblemCode::malformed_request, what};
}

}  // namespace

std::optional<Problem> FormBody::read(std::string_view text) {
    fields_.clear();
    const bool is_plain =
        std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7F; });
    if (!is_plain) return malformed("the form has characters that must be escaped");
    if (text.ends_with('&')) return malformed("the form ends with a separator");
    while (!text.empty()) {
        const std::string_view pair = text.substr(0, text.find('&'));
        text.remove_prefix(std::min(pair.size() + 1, text.size()));
        const std::size_t equals = pair.find('=');
        if (equals == pair.npos) return malformed("a field of the form has no value");
        auto name = decoded(pair.substr(0, equals));
        auto value = decoded(pair.substr(equals + 1));
        if (!name || !value)
            return malformed(
                "a field of the form has a broken escape, a NUL, text that is not "
                "UTF-8, or more than 4 KiB");
        const bool twice = std::any_of(fields_.begin(), fields_.end(), [&](const auto& field) {
            return field.first.reveal() == name->reveal();
        });
        if (twice) return malformed("a field of the form is there twice");
        if (fields_.size() == kMaxFormFields) return malformed("the form has more than 16 fields");
        fields_.emplace_back(std::move(*name), std::move(*value));
    }
    return std::nullopt;
}

std::string_view FormBody::text(std::string_view name) const noexcept {
    const auto field = std::find_if(fields_.begin(), fields_.end(),
                                    [name](const auto& f) { return f.first.reveal() == name; });
    return field == fields_.end() ? std::string_view() : field->second.reveal();
}

}  // namespace roster::protocol::http
