#include "storage/core/metadata.hpp"

#include "core/json/json_parser.hpp"
#include "core/text.hpp"

#include <utility>

namespace roster::storage {
namespace {

constexpr std::string_view kNoObject = "metadata is a JSON object, like {\"team\":\"red\"}";

class MetadataSink final : public JsonHandler {
  public:
    bool name(std::string_view name) override {
        return object_.name(name) ||
               refuse("\"" + printable(name) + "\" stands twice in one object");
    }
    bool string(std::string_view text) override {
        if (!object_.is_open()) return refuse(std::string(kNoObject));
        object_.string(text);
        return true;
    }
    bool number(const JsonNumber& number) override { return literal(number.text); }
    bool literal(std::string_view text) override {
        if (!object_.is_open()) return refuse(std::string(kNoObject));
        object_.literal(text);
        return true;
    }
    bool begin_object() override {
        object_.begin('{');
        return true;
    }
    bool begin_array() override {
        if (!object_.is_open()) return refuse(std::string(kNoObject));
        object_.begin('[');
        return true;
    }
    bool end_object() override { return end(); }
    bool end_array() override { return end(); }

    std::string problem() { return std::move(problem_); }
    RawJson& object() noexcept { return object_; }
    bool is_object() const noexcept { return object_.depth() > 0; }

  private:
    bool refuse(std::string problem) {
        problem_ = std::move(problem);
        return false;
    }
    bool end() {
        object_.end();
        return true;
    }

    RawJson object_;
    std::string problem_;
};

}  // namespace

std::variant<std::string, MetadataProblem> compact_metadata(std::string_view json) {
    if (json == kNoMetadata) return std::string(kNoMetadata);
    MetadataSink sink;
    ParsedTokens parsed = parse_tokens(json, sink);
    if (parsed.refused)
        return MetadataProblem{sink.is_object() ? std::optional(parsed.end) : std::nullopt,
                               sink.problem()};
    if (parsed.problem)
        return MetadataProblem{parsed.problem->offset, std::move(parsed.problem->text)};
    if (auto why_not = why_not_metadata(sink.object()))
        return MetadataProblem{std::nullopt, std::move(*why_not)};
    return sink.object().take();
}

std::string described(const MetadataProblem& problem) {
    if (!problem.offset) return problem.text;
    return "metadata, byte " + std::to_string(*problem.offset + 1) + ": " + problem.text;
}

std::optional<std::string> why_not_metadata(const RawJson& object) {
    if (object.size_bytes() > kMaxMetadataBytes) return "metadata takes more than 16 KiB";
    if (object.depth() > kMaxMetadataDepth) return "metadata is nested more than 32 deep";
    return std::nullopt;
}

}  // namespace roster::storage
