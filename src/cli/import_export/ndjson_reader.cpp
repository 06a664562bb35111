#include "cli/import_export/ndjson_reader.hpp"

#include "cli/import_export/user_fields.hpp"
#include "core/json/json_parser.hpp"
#include "core/json/raw_json.hpp"
#include "core/text.hpp"
#include "storage/core/metadata.hpp"

#include <string>
#include <unordered_set>
#include <utility>

namespace roster::cli {
namespace {

// Takes the tokens of one object; what it does not take, it names.
class UserSink final : public JsonHandler {
  public:
    explicit UserSink(bool ignores_unknown) : ignores_unknown_(ignores_unknown) {}

    const std::string& problem() const noexcept { return problem_; }
    ImportedUserParser& draft() noexcept { return draft_; }

    bool name(std::string_view name) override {
        if (metadata_.is_open())
            return metadata_.name(name) ||
                   refuse("metadata has \"" + printable(name) + "\" twice in one object");
        if (depth_ > 1) return true;
        if (!names_.emplace(name).second)
            return refuse("\"" + printable(name) + "\" is there twice; keep one");
        field_ = parse_user_field(name);
        return field_ || ignores_unknown_ || refuse(unknown_field(name));
    }

    bool string(std::string_view text) override {
        if (metadata_.is_open()) {
            metadata_.string(text);
            return true;
        }
        if (is_passed_over()) return true;
        if (!expect_object()) return false;
        if (*field_ == UserField::id || *field_ == UserField::disabled ||
            *field_ == UserField::metadata)
            return refuse_kind();
        return accept(draft_.set(*field_, text));
    }

    bool number(const JsonNumber& number) override {
        if (metadata_.is_open()) {
            metadata_.literal(number.text);
            return true;
        }
        if (is_passed_over()) return true;
        if (!expect_object()) return false;
        if (*field_ != UserField::id || !number.whole) return refuse_kind();
        return accept(draft_.set_id(*number.whole));
    }

    // null stands for a member that is not there, as other programs write it.
    bool literal(std::string_view text) override {
        if (metadata_.is_open()) {
            metadata_.literal(text);
            return true;
        }
        if (is_passed_over()) return true;
        if (!expect_object()) return false;
        if (text == "null") return true;
        if (*field_ != UserField::disabled) return refuse_kind();
        draft_.set_disabled(text == "true");
        return true;
    }

    bool begin_object() override {
        const bool begins_metadata = depth_ == 1 && field_ == UserField::metadata;
        if (metadata_.is_open() || begins_metadata) {
            metadata_.begin('{');
            return true;
        }
        if (depth_ > 0 && !is_passed_over()) return refuse_kind();
        ++depth_;
        return true;
    }
    bool begin_array() override {
        if (metadata_.is_open()) {
            metadata_.begin('[');
            return true;
        }
        if (depth_ == 0)
            return refuse("a list, where a user is expected; write one object a line, without [ ]");
        if (!is_passed_over()) return refuse_kind();
        ++depth_;
        return true;
    }
    bool end_object() override { return leave(); }
    bool end_array() override { return leave(); }

  private:
    bool is_passed_over() const noexcept { return depth_ > 1 || (depth_ == 1 && !field_); }

    bool leave() {
        if (metadata_.is_open()) return leave_metadata();
        --depth_;
        return true;
    }
    bool leave_metadata() {
        metadata_.end();
        if (metadata_.is_open()) return true;
        if (auto why_not = storage::why_not_metadata(metadata_)) return refuse(std::move(*why_not));
        draft_.set_metadata(metadata_.take());
        return true;
    }
    bool refuse(std::string problem) {
        problem_ = std::move(problem);
        return false;
    }
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
    std::string problem_;
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
    const ParsedTokens parsed = parse_tokens(line, sink);
    if (parsed.refused) return LineProblem(number, sink.problem());
    if (parsed.problem)
        return LineProblem(number, "column " + std::to_string(parsed.problem->offset + 1) + ": " +
                                       parsed.problem->text +
                                       "; every line must be one whole JSON object");
    return sink.draft().finish(number);
}

std::unique_ptr<UserReader> make_ndjson_reader(LineSource& lines, bool ignores_unknown) {
    return std::make_unique<NdjsonReader>(lines, ignores_unknown);
}

}  // namespace roster::cli
