#include "storage/json/salvage.hpp"

#include "core/json/json_parser.hpp"
#include "storage/json/locate.hpp"
#include "storage/json/location.hpp"
#include "storage/json/users_file_parser.hpp"

#include <utility>

namespace roster::storage {
namespace {

constexpr const char* kOutOfPlace =
    "it does not stand where users do, and may be a part of another one";

// Reads one object as a user.
class UserReader final : public JsonHandler {
  public:
    bool name(std::string_view name) override {
        ++token_;
        if (draft_.in_kept()) return draft_.kept().name(name);
        // The book itself is no user.
        if (name == "users") return false;
        if (name == "email") has_email_ = true;
        return take(draft_.name(name, token_));
    }
    bool string(std::string_view text) override {
        ++token_;
        if (!draft_.in_kept()) return take(draft_.string(text, token_));
        draft_.kept().string(text);
        return true;
    }
    bool number(const JsonNumber& number) override {
        ++token_;
        if (!draft_.in_kept()) return take(draft_.number(number, token_));
        draft_.kept().literal(number.text);
        return true;
    }
    bool literal(std::string_view text) override {
        ++token_;
        if (!draft_.in_kept()) return take(draft_.literal(text, token_));
        draft_.kept().literal(text);
        return true;
    }
    bool begin_object() override { return begin('{'); }
    bool end_object() override { return end(); }
    bool begin_array() override { return begin('['); }
    bool end_array() override { return end(); }

    bool looks_like_a_user() const noexcept { return has_email_; }
    const std::optional<DraftProblem>& problem() const noexcept { return problem_; }
    UserParser take_user() { return std::move(draft_); }

  private:
    bool take(std::optional<DraftProblem> problem) {
        problem_ = std::move(problem);
        return !problem_;
    }
    bool begin(char bracket) {
        ++token_;
        if (token_ == 0) {
            draft_.begin(0);
            return true;
        }
        if (!draft_.in_kept()) return take(draft_.bracket(bracket, token_));
        draft_.kept().begin(bracket);
        return true;
    }
    bool end() {
        ++token_;
        if (!draft_.in_kept()) return take(draft_.end());
        draft_.kept().end();
        return true;
    }

    UserParser draft_;
    std::optional<DraftProblem> problem_;
    std::size_t token_ = static_cast<std::size_t>(-1);
    bool has_email_ = false;
};

void salvage_frame(std::string_view text, Salvage& salvage) {
    UsersFileParser builder({});
    (void)parse_tokens(text, builder);
    salvage.revision = builder.revision();
    salvage.next_id = builder.next_id();
    salvage.members_before_users = builder.partial_book().members_before_users;
}

// `places` is nothing where the text is whole: then an object that is a user is one.
Salvage salvage_book(std::string_view text, const std::optional<UserLocations>& places) {
    Salvage salvage;
    salvage_frame(text, salvage);
    std::size_t at = text.find('{');
    while (at != std::string_view::npos) {
        const std::string_view object = text.substr(at);
        UserReader reader;
        const ParsedTokens parsed = parse_first_value(object, reader);
        std::size_t next = at + 1;
        if (parsed.good() && reader.looks_like_a_user()) {
            next = at + parsed.end;
            // The parser goes on to what follows.
            const std::size_t end = text.rfind('}', next - 1) + 1;
            if (!places || places->has(at, end))
                salvage.users.push_back({at, reader.take_user()});
            else
                salvage.lost.push_back({at, kOutOfPlace});
        } else if (reader.looks_like_a_user() && reader.problem()) {
            const auto& problem = *reader.problem();
            salvage.lost.push_back({at + offset_of_token(object, problem.token), problem.text});
        } else if (reader.looks_like_a_user() && parsed.problem) {
            salvage.lost.push_back({at + parsed.problem->offset, parsed.problem->text});
        }
        at = text.find('{', next);
    }
    return salvage;
}

}  // namespace

Salvage salvage_damaged_book(std::string_view text) {
    return salvage_book(text, UserLocations(text));
}

Salvage salvage_whole_book(std::string_view text) {
    return salvage_book(text, std::nullopt);
}

}  // namespace roster::storage
