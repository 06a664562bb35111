#include "storage/json/users_document.hpp"

#include "core/text.hpp"

#include <utility>

namespace roster::storage {

std::optional<DraftProblem> add_user(const UserParser& draft, std::chrono::sys_seconds now,
                                     UsersDocument& book) {
    UserRecord record;
    record.id = *draft.id;
    record.email = draft.email;
    record.password_hash = draft.password_hash;
    record.role = draft.role.value_or(Role::user);
    record.disabled = draft.disabled;
    record.created_at = draft.created_at.value_or(now);
    record.updated_at = draft.updated_at.value_or(record.created_at);
    record.revision = draft.revision.value_or(0);
    record.credentials_revision = draft.credentials_revision;
    record.metadata = draft.metadata;
    record.unknown_members = draft.unknown_members;
    const auto inserted = book.users.insert(record);
    if (inserted == UserIndex::Inserted::id_taken)
        return DraftProblem{draft.token_of("id"),
                            "two users have the id " + std::to_string(record.id)};
    if (inserted == UserIndex::Inserted::email_taken)
        return DraftProblem{draft.token_of("email"),
                            "two users have the e-mail \"" + printable(draft.email) + "\""};
    if (!draft.plain_password.empty())
        book.plain_passwords.push_back(
            {record.id, draft.plain_password, draft.token_of("password")});
    if (!draft.revision) book.users_without_revision.push_back(record.id);
    return std::nullopt;
}

std::optional<DraftProblem> complete_book(std::chrono::sys_seconds now, UsersDocument& book) {
    UserIndex& users = book.users;
    for (UserParser& draft : std::exchange(book.users_without_id, {})) {
        draft.id = users.next_id++;
        if (auto problem = add_user(draft, now, book)) return problem;
    }
    if (users.next_id > kMaxNumber) return DraftProblem{0, "no id is left for another user"};
    auto changed = std::exchange(book.users_without_revision, {});
    for (const PlainPassword& plain : book.plain_passwords)
        changed.push_back(plain.id);
    if (!changed.empty()) ++users.revision;
    for (const UserId id : changed) {
        User user = to_user(*users.find(id));
        const bool is_done = user.revision == users.revision;
        if (is_done) continue;
        if (user.revision != 0) user.updated_at = now;
        user.revision = users.revision;
        user.credentials_revision = users.revision;
        users.replace(to_record(user));
    }
    return std::nullopt;
}

}  // namespace roster::storage
