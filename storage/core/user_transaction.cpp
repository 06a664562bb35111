#include "storage/core/user_transaction.hpp"

#include "core/json/merge_patch.hpp"
#include "core/json/raw_json.hpp"
#include "core/json/user_json.hpp"
#include "core/user_profile.hpp"

#include <algorithm>
#include <string_view>
#include <utility>
#include <variant>

namespace roster::storage {
namespace {

bool counts_as_admin(const User& user) noexcept {
    return user.role == Role::admin && !user.disabled;
}

result<std::string> storable_metadata(std::string_view text) {
    auto compact = compact_metadata(text);
    if (auto* storable = std::get_if<std::string>(&compact)) return std::move(*storable);
    return Errc::invalid_request;
}

User changed(User user, const UpdateUser& write) {
    // What was verified was the old one.
    if (write.email && fold_email(*write.email) != fold_email(user.email))
        user.profile.email_verified_at.reset();
    if (write.email) user.email = *write.email;
    user.profile = changed_profile(std::move(user.profile), write.profile);
    if (write.password_hash) user.password_hash = *write.password_hash;
    if (write.role) user.role = *write.role;
    if (write.disabled) user.disabled = *write.disabled;
    return user;
}

// Enabling too: an account may have been disabled by hand, where nobody saw it.
bool ends_credentials(const User& before, const UpdateUser& write) noexcept {
    const bool is_switched = write.disabled && *write.disabled != before.disabled;
    return is_switched || (write.password_hash && !write.keeps_credentials);
}

bool is_storable(const CreateUser& write) noexcept {
    return (!write.id || (*write.id > 0 && *write.id <= kHighestGivenId)) &&
           (!write.created_at || is_storable_time(*write.created_at)) &&
           (!write.updated_at || is_storable_time(*write.updated_at)) &&
           (!write.last_login_at || is_storable_time(*write.last_login_at));
}

}  // namespace

UserTransaction::UserTransaction(const UserLookup& users, std::chrono::sys_seconds now, Ids ids)
    : users_(users), now_(now), ids_(ids), totals_(users.totals()) {}

result<User> UserTransaction::apply(const Write& write,
                                    std::optional<std::chrono::sys_seconds> created_at) {
    // A store with a larger one could not be read.
    if (totals_.revision >= kMaxNumber) return Errc::store_unavailable;
    if (const auto* new_user = std::get_if<CreateUser>(&write)) return create(*new_user);
    if (const auto* change = std::get_if<UpdateUser>(&write)) return update(*change, created_at);
    return erase(std::get<EraseUser>(write));
}

result<std::vector<User>> UserTransaction::apply_all(std::span<const Write> writes) {
    std::vector<User> users;
    users.reserve(writes.size());
    for (const Write& write : writes) {
        auto user = apply(write);
        if (!user) return user.error();
        users.push_back(std::move(*user));
    }
    return users;
}

result<User> UserTransaction::create(const CreateUser& write) {
    if (!is_storable(write)) return Errc::invalid_request;
    auto metadata = storable_metadata(write.metadata);
    if (!metadata) return metadata.error();
    auto profile = storable_profile(write.profile);
    if (!profile) return Errc::invalid_request;
    const auto free = check_logins(0, &write.email, &profile->username);
    if (!free) return free.error();
    if (write.id && *write.id < totals_.next_id && (ids_ == Ids::given_once || find(*write.id)))
        return Errc::id_taken;
    User user;
    user.id = write.id.value_or(totals_.next_id);
    // Nor could one with a larger next id.
    if (user.id >= kMaxNumber) return Errc::store_unavailable;
    user.email = write.email;
    user.profile = std::move(*profile);
    user.password_hash = write.password_hash;
    user.role = write.role;
    user.disabled = write.disabled;
    user.last_login_at = write.last_login_at;
    user.created_at = write.created_at.value_or(now_);
    user.updated_at = write.updated_at.value_or(now_);
    user.metadata = std::move(*metadata);
    user.revision = totals_.revision + 1;
    user.credentials_revision = user.revision;
    stage(user.id, nullptr, &user);
    totals_.next_id = std::max(totals_.next_id, user.id + 1);
    return user;
}

result<User> UserTransaction::update(const UpdateUser& write,
                                     std::optional<std::chrono::sys_seconds> created_at) {
    const auto before = find(write.id);
    if (!before) return Errc::user_not_found;
    const auto free = check_logins(write.id, write.email ? &*write.email : nullptr,
                                   write.profile.username ? &*write.profile.username : nullptr);
    if (!free) return free.error();
    User after = changed(*before, write);
    if (write.metadata) {
        auto metadata =
            storable_metadata(write.merges_metadata ? merge_patch(before->metadata, *write.metadata)
                                                    : *write.metadata);
        if (!metadata) return metadata.error();
        after.metadata = std::move(*metadata);
    }
    auto profile = storable_profile(std::move(after.profile));
    if (!profile) return Errc::invalid_request;
    after.profile = std::move(*profile);
    if (is_last_admin(*before) && !counts_as_admin(after)) return Errc::last_admin;
    if (write.expected && *write.expected != before->revision) return Errc::revision_mismatch;
    after.created_at = created_at.value_or(after.created_at);
    after.updated_at = now_;
    after.revision = totals_.revision + 1;
    if (ends_credentials(*before, write)) after.credentials_revision = after.revision;
    stage(after.id, &*before, &after);
    return after;
}

result<User> UserTransaction::erase(const EraseUser& write) {
    auto before = find(write.id);
    if (!before) return Errc::user_not_found;
    if (is_last_admin(*before)) return Errc::last_admin;
    if (write.expected && *write.expected != before->revision) return Errc::revision_mismatch;
    stage(before->id, &*before, nullptr);
    return std::move(*before);
}

std::optional<User> UserTransaction::find(UserId id) const {
    const auto staged = latest_.find(id);
    if (staged != latest_.end()) return changes_[staged->second].after;
    return users_.user(id);
}

std::optional<UserId> UserTransaction::holder_of(std::string_view login) const {
    const auto staged = logins_.find(fold_email(login));
    if (staged != logins_.end())
        return staged->second == 0 ? std::nullopt : std::optional(staged->second);
    return users_.holder_of(login);
}

// An e-mail without an @ must not be another user's username either: a log-in, and what a proxy
// passes on as the user, would mean two.
result<void> UserTransaction::check_logins(UserId owner, const std::string* email,
                                           const std::string* username) const {
    const auto is_taken = [&](const std::string* login) {
        if (login == nullptr || login->empty()) return false;
        return holder_of(*login).value_or(owner) != owner;
    };
    if (is_taken(email)) return Errc::email_taken;
    if (is_taken(username)) return Errc::username_taken;
    return {};
}

bool UserTransaction::is_last_admin(const User& user) const noexcept {
    return counts_as_admin(user) && totals_.admins == 1;
}

void UserTransaction::stage(UserId id, const User* before, const User* after) {
    UserChange change;
    change.revision = ++totals_.revision;
    change.id = id;
    change.is_new = before == nullptr;
    if (before != nullptr) {
        logins_[fold_email(before->email)] = 0;
        if (!before->profile.username.empty()) logins_[fold_email(before->profile.username)] = 0;
        if (counts_as_admin(*before)) --totals_.admins;
    }
    if (after != nullptr) {
        change.after = *after;
        change.has_new_login =
            before != nullptr &&
            (before->email != after->email || before->profile.username != after->profile.username);
        logins_[fold_email(after->email)] = id;
        if (!after->profile.username.empty()) logins_[fold_email(after->profile.username)] = id;
        if (counts_as_admin(*after)) ++totals_.admins;
    }
    latest_[id] = changes_.size();
    changes_.push_back(std::move(change));
}

}  // namespace roster::storage
