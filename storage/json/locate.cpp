#include "storage/json/locate.hpp"

#include <algorithm>

namespace roster::storage {
namespace {

constexpr std::string_view kSpace = " \t\r\n";

std::string_view without_space(std::string_view text) noexcept {
    const std::size_t begin = text.find_first_not_of(kSpace);
    return begin == std::string_view::npos ? std::string_view() : text.substr(begin);
}

bool take(std::string_view& text, std::string_view prefix) noexcept {
    if (!text.starts_with(prefix)) return false;
    text.remove_prefix(prefix.size());
    return true;
}

// A line's end and the blanks of the next one; without the carriage return of other systems.
std::string_view take_line(std::string_view& text) noexcept {
    take(text, "\r");
    if (!text.starts_with('\n')) return {};
    const std::string_view line = text.substr(0, text.find_first_not_of(" \t", 1));
    text.remove_prefix(line.size());
    return line;
}

// An object that is a member's value gives itself away at both of its ends; its name is asked for
// because there may be damage, too.
bool holds_objects_in_users(std::string_view text) noexcept {
    if (text.find("\"metadata\"") != std::string_view::npos) return true;
    for (auto at = text.find(':'); at != std::string_view::npos; at = text.find(':', at + 1)) {
        if (without_space(text.substr(at + 1)).starts_with('{')) return true;
    }
    for (auto at = text.find('}'); at != std::string_view::npos; at = text.find('}', at + 1)) {
        std::string_view rest = without_space(text.substr(at + 1));
        if (rest.starts_with('}')) return true;
        if (take(rest, ",") && without_space(rest).starts_with('"')) return true;
    }
    return false;
}

constexpr std::string_view kUsers = "\"users\"";

// At its head, at its users, or at their end: damage hits one of them.
bool is_laid_out_by_roster(std::string_view text) noexcept {
    return text.starts_with("{\n\t\"format\"") ||
           text.find("\n\t\"users\": [") != std::string_view::npos ||
           text.find("\n\t]") != std::string_view::npos;
}

// As another program has set it in, by one more step for each bracket: what is inside users is then
// set in by more than they are.
UserLocations::Lines lines_of_first_user(std::string_view text) noexcept {
    const std::size_t users = text.find(kUsers);
    if (users == std::string_view::npos) return {};
    const std::string_view head = text.substr(0, users);
    std::string_view before = text.substr(std::min(head.rfind('\n'), users));
    const std::string_view step = take_line(before);
    std::string_view rest = text.substr(users + kUsers.size());
    rest.remove_prefix(std::min(rest.find('['), rest.size()));
    UserLocations::Lines lines;
    if (take(rest, "[")) lines.user = take_line(rest);
    if (take(rest, "{")) lines.member = take_line(rest);
    const std::size_t blanks = step.size() - std::min<std::size_t>(step.size(), 1);
    const bool is_regular = std::count(head.begin(), head.end(), '{') == 1 &&
                            before.starts_with(kUsers) && blanks > 0 &&
                            lines.user.size() == 1 + 2 * blanks &&
                            lines.member.size() == 1 + 3 * blanks &&
                            lines.member.starts_with(lines.user) && lines.user.starts_with(step);
    return is_regular ? lines : UserLocations::Lines();
}

UserLocations::Lines lines_of(std::string_view text) noexcept {
    if (is_laid_out_by_roster(text)) return {"\n\t\t", "\n\t\t\t"};
    return lines_of_first_user(text);
}

}  // namespace

UserLocations::UserLocations(std::string_view text)
    : text_(text), is_flat_(!holds_objects_in_users(text)), lines_(lines_of(text)) {}

// Two signs are asked for, of which damage in one place brings about one at most; and a user has
// three, so that damage to one of them does not lose him. A user in one line, as people write
// them, has two.
bool UserLocations::has(std::size_t begin, std::size_t end) const noexcept {
    if (is_flat_) return true;
    if (lines_.user.empty()) return false;
    std::string_view members = text_.substr(begin + 1, end - begin - 2);
    const bool is_opened = text_.substr(0, begin).ends_with(lines_.user);
    const bool is_closed = members.ends_with(lines_.user);
    const bool is_set_in = take_line(members) == lines_.member;
    if (is_closed) return is_opened || is_set_in;
    return is_opened && is_followed_by_users_or_their_end(end);
}

bool UserLocations::is_followed_by_users_or_their_end(std::size_t end) const noexcept {
    std::string_view rest = text_.substr(end);
    const bool has_comma = take(rest, ",");
    const std::string_view line = take_line(rest);
    if (rest.starts_with('{')) return line == lines_.user;
    const bool is_set_out =
        !line.empty() && line.size() < lines_.user.size() && lines_.user.starts_with(line);
    return !has_comma && is_set_out && rest.starts_with(']');
}

}  // namespace roster::storage
