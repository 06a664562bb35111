#include "storage/core/user_transaction.hpp"

#include "core/json/raw_json.hpp"
#include "core/json/user_json.hpp"

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
    if (write.email) user.email = *write.email;
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
    return (!write.id || (*write.id > 0 && *write.id < kMaxNumber)) &&
           (!write.created_at || is_storable_time(*write.created_at)) &&
           (!write.updated_at || is_storable_time(*write.updated_at));
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
    if (holder_of(write.email)) return Errc::email_taken;
    if (write.id && *write.id < totals_.next_id && (ids_ == Ids::given_once || find(*write.id)))
        return Errc::id_taken;
    User user;
    user.id = write.id.value_or(totals_.next_id);
    // Nor could one with a larger next id.
    if (user.id >= kMaxNumber) return Errc::store_unavailable;
    user.email = write.email;
    user.password_hash = write.password_hash;
    user.role = write.role;
    user.disabled = write.disabled;
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
    if (write.email) {
        const auto holder = holder_of(*write.email);
        if (holder && *holder != write.id) return Errc::email_taken;
    }
    User after = changed(*before, write);
    if (write.metadata) {
        auto metadata = storable_metadata(*write.metadata);
        if (!metadata) return metadata.error();
        after.metadata = std::move(*metadata);
    }
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

std::optional<UserId> UserTransaction::holder_of(std::string_view email) const {
    const auto staged = emails_.find(fold_email(email));
    if (staged != emails_.end())
        return staged->second == 0 ? std::nullopt : std::optional(staged->second);
    return users_.holder_of(email);
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
        emails_[fold_email(before->email)] = 0;
        if (counts_as_admin(*before)) --totals_.admins;
    }
    if (after != nullptr) {
        change.after = *after;
        change.has_new_class = before != nullptr &&
                               (before->role != after->role || before->disabled != after->disabled);
        change.has_new_email = before != nullptr && before->email != after->email;
        emails_[fold_email(after->email)] = id;
        if (counts_as_admin(*after)) ++totals_.admins;
    }
    latest_[id] = changes_.size();
    changes_.push_back(std::move(change));
}

}  // namespace roster::storage
