#include "cli/import_export/user_fields.hpp"
#include "cli/import_export/user_readers.hpp"
#include "core/json/json_parser.hpp"
#include "core/json/raw_json.hpp"
#include "core/text.hpp"

#include <string>
#include <unordered_set>
#include <utility>

namespace roster::cli {
namespace {

// Takes the tokens of one object; what it does not take, it names.
class UserSink final : public JsonHandler {
  public:
    explicit UserSink(bool ignores_unknown) : ignores_unknown_(ignores_unknown) {}

    ImportedUserParser& draft() noexcept { return draft_; }

    bool take(const JsonToken& token) override {
        token_ = token.index;
        if (metadata_.is_open()) return take_metadata(token);
        switch (token.kind) {
            case JsonKind::name: return name(token.text);
            case JsonKind::string: return string(token.text);
            case JsonKind::number: return number(token.text);
            case JsonKind::literal: return literal(token.text);
            case JsonKind::begin_object: return begin_object(token);
            case JsonKind::begin_array: return begin_array();
            case JsonKind::end_object:
            case JsonKind::end_array: --depth_; return true;
        }
        return false;
    }

  private:
    bool take_metadata(const JsonToken& token) {
        if (!metadata_.take(token))
            return refuse("metadata has \"" + printable(token.text) + "\" twice in one object");
        if (metadata_.is_open()) return true;
        if (auto why_not = why_not_metadata(metadata_)) return refuse(std::move(*why_not));
        draft_.set_metadata(metadata_.take_text());
        return true;
    }

    bool name(std::string_view name) {
        if (depth_ > 1) return true;
        if (!names_.emplace(name).second)
            return refuse("\"" + printable(name) + "\" is there twice; keep one");
        field_ = parse_user_field(name);
        return field_ || ignores_unknown_ || refuse(unknown_field(name));
    }

    bool string(std::string_view text) {
        if (is_passed_over()) return true;
        if (!expect_object()) return false;
        if (*field_ == UserField::id || *field_ == UserField::disabled ||
            *field_ == UserField::metadata)
            return refuse_kind();
        return accept(draft_.set(*field_, text));
    }

    bool number(std::string_view text) {
        const auto number = parse_decimal(text);
        if (is_passed_over()) return true;
        if (!expect_object()) return false;
        if (*field_ != UserField::id || !number) return refuse_kind();
        return accept(draft_.set_id(*number));
    }

    // null stands for a member that is not there, as other programs write it.
    bool literal(std::string_view text) {
        if (is_passed_over()) return true;
        if (!expect_object()) return false;
        if (text == "null") return true;
        if (*field_ != UserField::disabled) return refuse_kind();
        draft_.set_disabled(text == "true");
        return true;
    }

    bool begin_object(const JsonToken& token) {
        if (depth_ == 1 && field_ == UserField::metadata) return metadata_.take(token);
        if (depth_ > 0 && !is_passed_over()) return refuse_kind();
        ++depth_;
        return true;
    }
    bool begin_array() {
        if (depth_ == 0)
            return refuse("a list, where a user is expected; write one object a line, without [ ]");
        if (!is_passed_over()) return refuse_kind();
        ++depth_;
        return true;
    }
    bool is_passed_over() const noexcept { return depth_ > 1 || (depth_ == 1 && !field_); }

    bool refuse(std::string problem) { return JsonHandler::refuse(token_, std::move(problem)); }
    bool refuse_kind() { return refuse(rule_of(*field_)); }
    bool accept(ImportedUserParser::Problem problem) {
        return !problem || refuse(std::move(*problem));
    }
    bool expect_object() {
        return depth_ > 0 || refuse("no object; a user looks like {\"email\":\"a@a.com\"}");
    }

    const bool ignores_unknown_;
    ImportedUserParser draft_;
    std::unordered_set<std::string> names_;
    std::optional<UserField> field_;
    RawJson metadata_;
    std::size_t depth_ = 0;
    std::size_t token_ = 0;
};

class NdjsonReader final : public UserReader {
  public:
    NdjsonReader(LineSource& lines, bool ignores_unknown)
        : lines_(lines), ignores_unknown_(ignores_unknown) {}

    result<std::optional<Imported>> next() override {
        for (;;) {
            const auto line = lines_.next();
            if (!line) return line.error();
            if (!*line) return std::optional<Imported>{};
            if ((*line)->is_too_long) return std::optional<Imported>(too_long(**line));
            const std::string_view text = without_carriage_return((*line)->text);
            if (text.find_first_not_of(" \t") == std::string_view::npos) continue;
            return std::optional<Imported>(
                parse_ndjson_user(text, (*line)->number, ignores_unknown_));
        }
    }

  private:
    LineSource& lines_;
    const bool ignores_unknown_;
};

}  // namespace

Imported parse_ndjson_user(std::string_view line, std::size_t number, bool ignores_unknown) {
    if (auto bad = find_bad_bytes(line)) return LineProblem(number, std::move(*bad));
    UserSink sink(ignores_unknown);
    const auto problem = parse_json(line, sink);
    if (problem && sink.problem()) return LineProblem(number, problem->text);
    if (problem)
        return LineProblem(number, "column " + std::to_string(*problem->location.column) + ": " +
                                       problem->text +
                                       "; every line must be one whole JSON object");
    return sink.draft().finish(number);
}

std::unique_ptr<UserReader> make_ndjson_reader(LineSource& lines, bool ignores_unknown) {
    return std::make_unique<NdjsonReader>(lines, ignores_unknown);
}

}  // namespace roster::cli
