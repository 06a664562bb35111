#include <roster/user_query.hpp>

#include "core/text.hpp"
#include "core/user_profile.hpp"

namespace roster {
namespace {

constexpr std::string_view kWhatIsAllowed =
    "sort by id, email, created_at or last_login_at; prefix with - for descending, as in "
    "-created_at,email";

std::optional<UserSortKey> parse_key(std::string_view text) noexcept {
    for (const UserSortKey key :
         {UserSortKey::id, UserSortKey::email, UserSortKey::created_at, UserSortKey::last_login_at})
        if (text == to_string(key)) return key;
    return std::nullopt;
}

std::string wrong(const std::string& what) {
    return what + "; " + std::string(kWhatIsAllowed);
}

std::string shown(UserOrder::By by) {
    return (by.is_descending ? "-" : "") + std::string(to_string(by.key));
}

}  // namespace

std::string_view to_string(UserSortKey key) noexcept {
    switch (key) {
        case UserSortKey::id: return "id";
        case UserSortKey::email: return "email";
        case UserSortKey::created_at: return "created_at";
        case UserSortKey::last_login_at: return "last_login_at";
    }
    return "";
}

bool is_time(UserSortKey key) noexcept {
    return key == UserSortKey::created_at || key == UserSortKey::last_login_at;
}

UserOrder::UserOrder(By first, std::optional<By> second) : first_(first), second_(first) {
    if (!is_time(first.key)) return;
    second_ = second && !is_time(second->key) ? *second : By{UserSortKey::id, first.is_descending};
}

std::string to_string(const UserOrder& order) {
    std::string text = shown(order.first());
    if (order.second() != order.first()) text += "," + shown(order.second());
    return text;
}

std::variant<UserOrder, std::string> parse_user_order(std::string_view text) {
    if (text.empty()) return UserOrder();
    std::vector<UserOrder::By> keys;
    for (std::string_view rest = text;;) {
        const std::size_t comma = rest.find(',');
        std::string_view name = rest.substr(0, comma);
        const bool is_descending = name.starts_with('-');
        if (is_descending) name.remove_prefix(1);
        const auto key = parse_key(name);
        if (!key) return wrong("\"" + printable(name, 40) + "\" is not a sort key");
        for (const auto& earlier : keys)
            if (earlier.key == *key) return wrong("\"" + std::string(name) + "\" occurs twice");
        if (!keys.empty() && is_time(keys.front().key) && is_time(*key))
            return wrong("after a time only id or email decides");
        keys.push_back({*key, is_descending});
        if (comma == std::string_view::npos) break;
        rest.remove_prefix(comma + 1);
    }
    return UserOrder(keys[0], keys.size() > 1 ? std::optional(keys[1]) : std::nullopt);
}

std::optional<std::string> problem_of(const UserQuery& query) {
    if (query.limit == 0 || query.limit > UserQuery::kMaxLimit)
        return "the limit must be 1 to " + std::to_string(UserQuery::kMaxLimit);
    if (query.text.size() > UserQuery::kMaxTextBytes)
        return "must have at most " + std::to_string(UserQuery::kMaxTextBytes) + " bytes";
    if (!is_clean_text(query.text)) return "must be UTF-8 without control characters";
    if (!query.group.empty() && !is_group_name(query.group))
        return "a group is 1 to 64 of the characters a-z 0-9 . _ -";
    return std::nullopt;
}

}  // namespace roster
