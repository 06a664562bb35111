#include "client/http/object_reader.hpp"

#include "core/time.hpp"

#include <utility>

namespace roster::client {

std::optional<ObjectReader> ObjectReader::read(std::string_view json) {
    ObjectReader reader;
    if (parse_json(json, reader) || !reader.is_object_) return std::nullopt;
    return reader;
}

std::string ObjectReader::text(std::string_view name) const {
    const Member* member = find(name, JsonKind::string);
    return member != nullptr ? member->text : std::string();
}

std::optional<std::uint64_t> ObjectReader::number(std::string_view name) const {
    const Member* member = find(name, JsonKind::number);
    return member != nullptr ? parse_decimal(member->text) : std::nullopt;
}

bool ObjectReader::is_set(std::string_view name) const {
    const Member* member = find(name, JsonKind::literal);
    return member != nullptr && member->text == "true";
}

std::string ObjectReader::object(std::string_view name) const {
    const Member* member = find(name, JsonKind::begin_object);
    return member != nullptr ? member->text : std::string();
}

std::optional<std::chrono::sys_seconds> ObjectReader::time(std::string_view name) const {
    return parse_rfc3339(text(name));
}

const std::vector<std::string>* ObjectReader::items(std::string_view name) const {
    const Member* member = find(name, JsonKind::begin_array);
    return member != nullptr ? &member->items : nullptr;
}

bool ObjectReader::take(const JsonToken& token) {
    if (raw_.is_open()) return take_raw(token);
    switch (token.kind) {
        case JsonKind::name: members_.emplace_back().name = token.text; return true;
        case JsonKind::end_object: return true;
        case JsonKind::end_array: in_array_ = false; return true;
        default: break;
    }
    if (members_.empty()) {
        is_object_ = token.kind == JsonKind::begin_object;
        return is_object_ || refuse(token.index, "must be an object");
    }
    if (!in_array_) members_.back().kind = token.kind;
    if (!in_array_ && token.kind == JsonKind::begin_array) return in_array_ = true;
    if (token.kind == JsonKind::begin_object || token.kind == JsonKind::begin_array)
        return take_raw(token);
    keep(std::string(token.text));
    return true;
}

bool ObjectReader::take_raw(const JsonToken& token) {
    if (!raw_.take(token)) return refuse(token.index, "is there twice");
    if (!raw_.is_open()) keep(raw_.take_text());
    return true;
}

void ObjectReader::keep(std::string value) {
    if (in_array_)
        members_.back().items.push_back(std::move(value));
    else
        members_.back().text = std::move(value);
}

const ObjectReader::Member* ObjectReader::find(std::string_view name, JsonKind kind) const {
    for (const Member& member : members_)
        if (member.name == name) return member.kind == kind ? &member : nullptr;
    return nullptr;
}

}  // namespace roster::client
