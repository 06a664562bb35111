// Steps 1 and 2 of a repair (json_repair.cpp): the users of a file, damaged or not.

#include "core/text.hpp"
#include "storage/json/json_maintenance.hpp"
#include "storage/json/users_file.hpp"

#include <algorithm>
#include <optional>
#include <utility>
#include <variant>

namespace roster::storage {
namespace {

constexpr std::string_view kUserBegins = "\n\t\t{";
constexpr std::string_view kUserEnds = "\n\t\t}";

// An object that is a member's value shows at both of its ends; its name is looked for because
// there may be damage, too.
bool holds_objects_in_users(std::string_view text) {
    const auto follows = [text](std::size_t at, std::string_view what) {
        const std::size_t next = text.find_first_not_of(" \t\r\n", at + 1);
        return next != std::string_view::npos && what.find(text[next]) != std::string_view::npos;
    };
    if (text.find("\"metadata\"") != std::string_view::npos) return true;
    for (auto at = text.find(':'); at != std::string_view::npos; at = text.find(':', at + 1))
        if (follows(at, "{")) return true;
    for (auto at = text.find('}'); at != std::string_view::npos; at = text.find('}', at + 1)) {
        if (follows(at, "}")) return true;
        const std::size_t comma = text.find_first_not_of(" \t\r\n", at + 1);
        if (comma != std::string_view::npos && text[comma] == ',' && follows(comma, "\""))
            return true;
    }
    return false;
}

class UserSearch {
  public:
    explicit UserSearch(std::string_view text) : text_(text) {}

    RecoveredUsers run() {
        UsersFileParser parser([this](UserParser& user) { return take(user, 0); });
        const FirstValue parsed = parse_first_value(text_, parser);
        found_.header = parser.header();
        if (!parsed.problem && parsed.end == text_.size()) return std::move(found_);
        if (parsed.problem) lose(parsed.problem->text, parsed.end);
        found_.users.clear();
        search();
        return std::move(found_);
    }

  private:
    std::optional<TokenProblem> take(UserParser& parsed, std::size_t base) {
        auto read = to_file_user(parsed);
        if (auto* problem = std::get_if<TokenProblem>(&read)) return std::move(*problem);
        found_.users.push_back({std::move(std::get<FileUser>(read)), base});
        return std::nullopt;
    }

    void lose(std::string text, std::size_t offset) {
        Diagnostic lost(std::move(text), locate(text_, offset));
        const auto is_same = [&lost](const Diagnostic& known) {
            return to_string(known) == to_string(lost);
        };
        if (std::none_of(found_.lost.begin(), found_.lost.end(), is_same))
            found_.lost.push_back(std::move(lost));
    }

    void search() {
        is_laid_out_ = text_.find(kUserBegins) != std::string_view::npos;
        if (!is_laid_out_ && holds_objects_in_users(text_)) {
            lose(
                "no user can be told from what is inside users, because the file does not have the "
                "lines that roster writes",
                0);
            return;
        }
        std::size_t begin = 0;
        std::size_t end = text_.size();
        if (is_laid_out_) {
            const std::size_t users = text_.find("\n\t\"users\": [");
            if (users != std::string_view::npos) begin = users;
            end = std::min(end, text_.find("\n\t]", begin));
        }
        for (auto at = next_user(begin); at < end;)
            at = next_user(try_user(at));
    }

    std::size_t next_user(std::size_t from) const {
        if (!is_laid_out_) return text_.find('{', from);
        const std::size_t line = text_.find(kUserBegins, from);
        return line == std::string_view::npos ? line : line + kUserBegins.size() - 1;
    }

    // Returns where to go on.
    std::size_t try_user(std::size_t at) {
        const std::string_view rest = text_.substr(at);
        // Whatever is wrong with a profile, it costs the user no more than that.
        UserParser parser(kOldStoredUser);
        const FirstValue parsed = parse_first_value(rest, parser);
        if (parsed.problem) {
            // The file itself begins like a user.
            if (parser.has(UserMember::email)) lose(parsed.problem->text, at + parsed.end);
            return at + 1;
        }
        // The parser goes on to what follows.
        const std::size_t end = rest.rfind('}', parsed.end - 1) + 1;
        if (is_laid_out_ && !ends_like_user(rest, end)) {
            lose("not where users are, perhaps a part of another one", at);
        } else if (const auto problem = take(parser, at)) {
            lose(problem->text, at + offset_of_token(rest, problem->token));
        }
        return at + end;
    }

    // A person may have written a user into one line; what follows is laid out then.
    static bool ends_like_user(std::string_view rest, std::size_t end) {
        std::string_view next = rest.substr(end);
        if (next.starts_with(',')) next.remove_prefix(1);
        return rest.substr(0, end).ends_with(kUserEnds) || next.starts_with(kUserBegins) ||
               next.starts_with("\n\t]");
    }

    std::string_view text_;
    RecoveredUsers found_;
    bool is_laid_out_ = false;
};

}  // namespace

RecoveredUsers recover_users(std::string_view text) {
    return UserSearch(text).run();
}

}  // namespace roster::storage
