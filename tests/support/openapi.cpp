#include "support/openapi.hpp"

#include "server/http/compiled_files.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <regex>
#include <stdexcept>

namespace roster::testing {
namespace {

namespace json = boost::json;

const json::value& document() {
    static const json::value parsed = json::parse(server::compiled_file("openapi.json").text);
    return parsed;
}

// "$ref" is "#/components/…".
const json::object& resolved(const json::value& value) {
    const json::object& object = value.as_object();
    const json::value* ref = object.if_contains("$ref");
    return ref == nullptr ? object : document().at_pointer(ref->as_string().subview(1)).as_object();
}

bool is_of_type(std::string_view type, const json::value& value) {
    if (type == "string") return value.is_string();
    if (type == "integer") return value.is_int64() || value.is_uint64();
    if (type == "boolean") return value.is_bool();
    if (type == "array") return value.is_array();
    if (type == "object") return value.is_object();
    if (type == "null") return value.is_null();
    throw std::runtime_error("unknown type " + std::string(type));
}

std::string mismatch(const json::object& schema, const json::value& value, const std::string& at);

std::string object_mismatch(const json::object& schema, const json::object& object,
                            const std::string& at) {
    if (const json::value* required = schema.if_contains("required"))
        for (const json::value& name : required->as_array())
            if (!object.contains(name.as_string()))
                return at + "/" + std::string(name.as_string()) + " is missing";
    const json::value* properties = schema.if_contains("properties");
    if (properties == nullptr) return {};
    for (const auto& [name, member] : object) {
        const json::value* described = properties->as_object().if_contains(name);
        const std::string place = at + "/" + std::string(name);
        if (described == nullptr) return place + " is not described";
        if (std::string wrong = mismatch(resolved(*described), member, place); !wrong.empty())
            return wrong;
    }
    return {};
}

bool is_right(std::string_view word, const json::value& rule, const json::value& value) {
    if (word == "type") {
        if (rule.is_string()) return is_of_type(rule.as_string(), value);
        const json::array& types = rule.as_array();
        return std::any_of(types.begin(), types.end(), [&](const json::value& type) {
            return is_of_type(type.as_string(), value);
        });
    }
    if (word == "enum") {
        const json::array& values = rule.as_array();
        return std::find(values.begin(), values.end(), value) != values.end();
    }
    if (word == "format" && rule.as_string() == "date-time" && value.is_string()) {
        static const std::regex time("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ");
        return std::regex_match(std::string(value.as_string()), time);
    }
    if (word == "minimum") return !value.is_int64() || value.as_int64() >= rule.as_int64();
    for (const std::string_view known :
         {"description", "format", "properties", "required", "items"})
        if (word == known) return true;
    throw std::runtime_error("unknown word in a schema of an answer: " + std::string(word));
}

// What is wrong with the value; empty if nothing is.
std::string mismatch(const json::object& schema, const json::value& value, const std::string& at) {
    for (const auto& [word, rule] : schema)
        if (!is_right(word, rule, value))
            return at + " breaks " + std::string(word) + ": " + json::serialize(value);
    if (value.is_object()) return object_mismatch(schema, value.as_object(), at);
    const json::value* items = schema.if_contains("items");
    if (items == nullptr || !value.is_array()) return {};
    for (const json::value& item : value.as_array())
        if (std::string wrong = mismatch(resolved(*items), item, at + "/-"); !wrong.empty())
            return wrong;
    return {};
}

// A "{path}" at the end takes all of the rest.
bool matches(std::string_view pattern, std::string_view path) {
    for (;;) {
        if (pattern == "/{path}" && !path.empty()) return true;
        const auto wanted = pattern.substr(0, pattern.find('/', 1));
        const auto given = path.substr(0, path.find('/', 1));
        if (wanted != given && (!wanted.starts_with("/{") || given.size() < 2)) return false;
        pattern.remove_prefix(wanted.size());
        path.remove_prefix(given.size());
        if (pattern.empty() || path.empty()) return pattern.empty() && path.empty();
    }
}

std::string lower(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return text;
}

struct Operation {
    std::string path;
    const json::object* responses = nullptr;
};

// HEAD is answered as GET. A fixed path comes before one with {id}.
Operation find_operation(const DescribedAnswer& answer) {
    const std::string path = answer.target.substr(0, answer.target.find('?'));
    const std::string method = answer.method == "HEAD" ? "get" : lower(answer.method);
    Operation found;
    for (const auto& [pattern, operations] : document().at("paths").as_object()) {
        const json::value* operation = operations.as_object().if_contains(method);
        if (operation == nullptr || !matches(pattern, path)) continue;
        if (!found.path.empty() && std::string_view(pattern) != path) continue;
        found = {std::string(pattern), &operation->at("responses").as_object()};
    }
    return found;
}

}  // namespace

std::string name_of(const DescribedAnswer& answer) {
    const Operation operation = find_operation(answer);
    const std::string status = std::to_string(answer.status);
    if (operation.responses == nullptr || !operation.responses->contains(status)) return {};
    return answer.method + " " + operation.path + " " + status;
}

std::string why_undescribed(const DescribedAnswer& answer) {
    const Operation operation = find_operation(answer);
    const json::value* response = nullptr;
    if (operation.responses != nullptr) {
        response = operation.responses->if_contains(std::to_string(answer.status));
        if (response == nullptr && answer.status >= 400)
            response = operation.responses->if_contains("default");
    } else if (answer.status < 400 && !answer.body.empty()) {
        return "no such operation";
    }
    if (answer.body.empty()) return {};
    if (operation.responses == nullptr)
        return mismatch(document().at_pointer("/components/schemas/Problem").as_object(),
                        json::parse(answer.body), "");
    if (response == nullptr) return "no such status: " + std::to_string(answer.status);
    const json::value* content = resolved(*response).if_contains("content");
    if (content == nullptr) return "no body is described";
    const json::value& schema = content->as_object().begin()->value().at("schema");
    return mismatch(resolved(schema), json::parse(answer.body), "");
}

std::set<std::string> described_answers() {
    std::set<std::string> names;
    for (const auto& [path, operations] : document().at("paths").as_object()) {
        for (const auto& [method, operation] : operations.as_object()) {
            std::string upper(method);
            std::transform(upper.begin(), upper.end(), upper.begin(),
                           [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
            for (const auto& [status, response] : operation.at("responses").as_object())
                if (status != "default")
                    names.insert(upper + " " + std::string(path) + " " + std::string(status));
        }
    }
    return names;
}

}  // namespace roster::testing
