#include "support/fake_store.hpp"

#include <algorithm>
#include <utility>

namespace roster::testing {

namespace asio = boost::asio;

asio::awaitable<result<User>> FakeStore::find(UserId id) {
    if (fail_reads) co_return *fail_reads;
    const std::scoped_lock lock(mutex_);
    const auto found = users_.find(id);
    if (found == users_.end()) co_return Errc::user_not_found;
    co_return found->second;
}

asio::awaitable<result<User>> FakeStore::find_by_email(std::string email) {
    if (fail_reads) co_return *fail_reads;
    result<User> answer = Errc::user_not_found;
    {
        const std::scoped_lock lock(mutex_);
        if (const User* user = by_email(email)) answer = *user;
    }
    if (after_find_by_email) std::exchange(after_find_by_email, nullptr)();
    co_return answer;
}

asio::awaitable<result<std::vector<User>>> FakeStore::list(UserId after, std::size_t limit) {
    if (fail_reads) co_return *fail_reads;
    const std::scoped_lock lock(mutex_);
    std::vector<User> page;
    for (auto it = users_.upper_bound(after); it != users_.end() && page.size() < limit; ++it)
        page.push_back(it->second);
    co_return page;
}

asio::awaitable<result<User>> FakeStore::apply(Write write) {
    if (fail_writes) co_return *fail_writes;
    co_return this->write(std::move(write));
}

StoreStatus FakeStore::status() const {
    const std::scoped_lock lock(mutex_);
    StoreStatus status;
    status.users = users_.size();
    status.admins = admins();
    status.revision = revision_;
    return status;
}

result<User> FakeStore::write(Write write) {
    const std::scoped_lock lock(mutex_);
    ++writes_;
    if (auto* create = std::get_if<CreateUser>(&write)) return this->create(std::move(*create));
    if (auto* update = std::get_if<UpdateUser>(&write)) return this->update(std::move(*update));
    return erase(std::get<EraseUser>(write));
}

User FakeStore::add(std::string email, std::string_view password_hash, Role role) {
    return write(CreateUser(std::move(email), Secret(password_hash), role)).value();
}

User FakeStore::get(UserId id) const {
    const std::scoped_lock lock(mutex_);
    return users_.at(id);
}

std::size_t FakeStore::writes() const {
    const std::scoped_lock lock(mutex_);
    return writes_;
}

result<User> FakeStore::create(CreateUser create) {
    if (by_email(create.email) != nullptr) return Errc::email_taken;
    User user;
    user.id = next_id_++;
    user.email = std::move(create.email);
    user.password_hash = std::move(create.password_hash);
    user.role = create.role;
    user.disabled = create.disabled;
    user.revision = ++revision_;
    users_[user.id] = user;
    return user;
}

result<User> FakeStore::update(UpdateUser update) {
    const auto found = users_.find(update.id);
    if (found == users_.end()) return Errc::user_not_found;
    if (update.expected && *update.expected != found->second.revision)
        return Errc::revision_mismatch;
    User user = found->second;
    const bool was_admin = user.role == Role::admin && !user.disabled;
    if (update.email) user.email = *update.email;
    if (update.password_hash) user.password_hash = *update.password_hash;
    if (update.role) user.role = *update.role;
    if (update.disabled) user.disabled = *update.disabled;
    const User* owner = by_email(user.email);
    if (owner != nullptr && owner->id != user.id) return Errc::email_taken;
    const bool is_admin = user.role == Role::admin && !user.disabled;
    if (was_admin && !is_admin && admins() == 1) return Errc::last_admin;
    user.revision = ++revision_;
    return found->second = user;
}

result<User> FakeStore::erase(const EraseUser& erase) {
    const auto found = users_.find(erase.id);
    if (found == users_.end()) return Errc::user_not_found;
    User user = found->second;
    if (user.role == Role::admin && !user.disabled && admins() == 1) return Errc::last_admin;
    users_.erase(found);
    ++revision_;
    return user;
}

const User* FakeStore::by_email(std::string_view email) const {
    const std::string folded = fold_email(email);
    for (const auto& [id, user] : users_)
        if (fold_email(user.email) == folded) return &user;
    return nullptr;
}

std::uint64_t FakeStore::admins() const {
    const auto is_admin = [](const auto& entry) {
        return entry.second.role == Role::admin && !entry.second.disabled;
    };
    return static_cast<std::uint64_t>(std::count_if(users_.begin(), users_.end(), is_admin));
}

}  // namespace roster::testing
