#include "storage/memory/user_index.hpp"

#include <string>

namespace roster::storage {

UserIndex::UserIndex() : users_(std::make_unique<UserTable>()), emails_(*users_) {}

std::optional<UserRecord> UserIndex::find_by_email(std::string_view email) const {
    const auto id = emails_.find(email);
    if (!id) return std::nullopt;
    return users_->find(*id);
}

std::optional<User> UserIndex::user(UserId id) const {
    const auto record = find(id);
    if (!record) return std::nullopt;
    return to_user(*record);
}

std::optional<UserId> UserIndex::holder_of(std::string_view email) const {
    return emails_.find(email);
}

UserTotals UserIndex::totals() const {
    UserTotals totals;
    totals.revision = revision;
    totals.next_id = next_id;
    totals.admins = admins();
    return totals;
}

UserIndex::Inserted UserIndex::insert(const UserRecord& record) {
    if (users_->find(record.id)) return Inserted::id_taken;
    if (!emails_.insert(record.email, record.id)) return Inserted::email_taken;
    users_->insert(record);
    count(record, true);
    return Inserted::yes;
}

void UserIndex::replace(UserRecord record) {
    const UserRecord old = *users_->find(record.id);
    const std::string unknown_members(old.unknown_members);
    record.unknown_members = unknown_members;
    count(old, false);
    count(record, true);
    if (old.email == record.email) {
        users_->replace(record);
    } else {
        emails_.erase(old.email, record.id);
        users_->replace(record);
        emails_.insert(record.email, record.id);
    }
}

void UserIndex::replace_unknown_members(UserId id, std::string_view members) {
    const User user = to_user(*users_->find(id));
    UserRecord record = to_record(user);
    record.unknown_members = members;
    users_->replace(record);
}

void UserIndex::erase(UserId id) {
    const UserRecord old = *users_->find(id);
    count(old, false);
    emails_.erase(old.email, id);
    users_->erase(id);
}

void UserIndex::count(const UserRecord& record, bool added) noexcept {
    if (record.role != Role::admin || record.disabled) return;
    admins_ += added ? 1 : std::uint64_t(-1);
}

void apply_change(const UserChange& change, UserIndex& index) {
    if (!change.after)
        index.erase(change.id);
    else if (index.find(change.id))
        index.replace(to_record(*change.after));
    else
        index.insert(to_record(*change.after));
    index.revision = change.revision;
}

void apply_changes(const UserTransaction& transaction, UserIndex& index) {
    for (const UserChange& change : transaction.changes())
        apply_change(change, index);
    index.next_id = transaction.totals().next_id;
}

std::size_t UserIndex::memory_bytes() const noexcept {
    return users_->memory_bytes() + emails_.memory_bytes();
}

}  // namespace roster::storage
