#include "cli/admin/remote_import.hpp"

#include "core/text.hpp"
#include "import_export/user_lines.hpp"

namespace roster::cli {
namespace {

std::optional<User> with_id(const std::unordered_map<std::string, UserId>& ids,
                            const std::string& key) {
    const auto found = ids.find(key);
    if (found == ids.end()) return std::nullopt;
    User user;
    user.id = found->second;
    return user;
}

}  // namespace

void KnownUsers::add(const User& user) {
    by_email_.emplace(fold_email(user.email), user.id);
    const std::string& username = user.profile.username;
    if (!username.empty()) by_username_.emplace(fold_email(username), user.id);
    highest_ = std::max(highest_, user.id);
}

std::optional<User> KnownUsers::find_by_login(const std::string& login) {
    const std::string key = fold_email(login);
    auto user = with_id(by_email_, key);
    return user ? user : with_id(by_username_, key);
}

std::vector<User> KnownUsers::list(UserId after, std::size_t) {
    std::vector<User> users;
    if (highest_ > after) users.emplace_back().id = highest_;
    return users;
}

ApiSource UserLines::source() {
    return [this]() -> result<std::string> {
        constexpr std::size_t kPartBytes = std::size_t{64} * 1024;
        std::string part;
        // A line more than is sent at a time: what a text grows out of is not wiped.
        part.reserve(2 * kPartBytes);
        while (part.size() < kPartBytes && bytes_ < kMostBytes && sent_ < users_.size())
            import_export::append_ndjson_user(part, users_[sent_++]);
        bytes_ += part.size();
        return part;
    };
}

}  // namespace roster::cli
