#include "storage/json/edit_merge.hpp"

#include "core/text.hpp"

#include <boost/unordered/unordered_flat_set.hpp>

#include <algorithm>
#include <utility>

namespace roster::storage {
namespace {

template <class Visit>
void for_each_user(const UserIndex& users, Visit visit) {
    for (const auto& chunk : users.table().chunks_above(0))
        for (std::size_t i = 0; i < chunk->size(); ++i)
            visit(chunk->at(i));
}

bool is_admin(const UserRecord& user) noexcept {
    return user.role == Role::admin && !user.disabled;
}

// Nobody can log in as the others.
bool is_admin_with_password(const UserRecord& user) noexcept {
    return is_admin(user) && !user.password_hash.empty();
}

class Merge {
  public:
    Merge(const UsersDocument& edit, const MergeBase& base)
        : edit_(edit),
          base_(base),
          since_(edit.has_revision ? edit.users.revision : base.book_revision) {}

    std::variant<MergedEdit, MergeConflict> run() {
        if (since_ > base_.live.revision)
            return MergeConflict{0, "the text's \"revision\" was never given"};
        if (!base_.recent.knows_book(since_))
            return MergeConflict{0,
                                 "what changed since the text's \"revision\" is not known any "
                                 "more; move the text away to see the present book, and edit "
                                 "that"};
        changed_ = base_.recent.since(since_);
        for_each_user(edit_.users, [this](const UserRecord& text) { compare(text); });
        for_each_user(base_.live, [this](const UserRecord& live) { look_for_erased(live); });
        if (conflict_) return *conflict_;
        merged_.next_id = std::max(base_.live.next_id, edit_.users.next_id);
        for (const UserParser& draft : edit_.users_without_id)
            create(draft);
        check_emails();
        check_admins(is_admin, "administrator");
        check_admins(is_admin_with_password, "administrator with a password");
        if (conflict_) return *conflict_;
        return std::move(merged_);
    }

  private:
    void compare(const UserRecord& text) {
        const auto live = base_.live.find(text.id);
        if (live && digest_of(*live) == digest_of(text)) return;
        const auto changed = changed_.find(text.id);
        if (changed == changed_.end())
            take(text, live);
        else if (changed->second != digest_of(text))
            conflict(text.id, "user " + std::to_string(text.id) +
                                  " was changed by the server meanwhile, and in the text too");
    }

    void look_for_erased(const UserRecord& live) {
        if (edit_.users.find(live.id)) return;
        const auto changed = changed_.find(live.id);
        constexpr std::uint64_t kWasNotThere = 0;
        if (changed == changed_.end()) {
            EditedUser& erased = add(live.id);
            erased.after.reset();
        } else if (changed->second != kWasNotThere) {
            conflict(0, "user " + std::to_string(live.id) +
                            " was changed by the server meanwhile, but is gone from the text");
        }
    }

    void take(const UserRecord& text, const std::optional<UserRecord>& live) {
        EditedUser& taken = add(text.id);
        taken.after = to_user(text);
        taken.after->updated_at = base_.now;
        taken.after->revision = taken.revision;
        // Never what the text says: an old text would bring back what was ended since.
        const bool goes_on =
            live && live->password_hash == text.password_hash && live->disabled == text.disabled;
        taken.after->credentials_revision = goes_on ? live->credentials_revision : taken.revision;
        taken.unknown_members = text.unknown_members;
        taken.is_new = !live;
    }

    void create(const UserParser& draft) {
        EditedUser& created = add(merged_.next_id++);
        User user;
        user.id = created.id;
        user.email = draft.email;
        user.password_hash = Secret(draft.password_hash);
        user.role = draft.role.value_or(Role::user);
        user.disabled = draft.disabled;
        if (!draft.metadata.empty()) user.metadata = draft.metadata;
        user.created_at = draft.created_at.value_or(base_.now);
        user.updated_at = base_.now;
        user.revision = created.revision;
        user.credentials_revision = created.revision;
        created.after = std::move(user);
        created.unknown_members = draft.unknown_members;
        created.is_new = true;
    }

    EditedUser& add(UserId id) {
        EditedUser& user = merged_.users.emplace_back();
        user.id = id;
        user.revision = base_.live.revision + merged_.users.size();
        return user;
    }

    // The text has nobody's e-mail twice, but the server may have given one away meanwhile.
    void check_emails() {
        boost::unordered_flat_set<UserId> edited;
        for (const EditedUser& user : merged_.users)
            edited.insert(user.id);
        boost::unordered_flat_set<std::string> emails;
        for (const EditedUser& user : merged_.users) {
            if (!user.after) continue;
            const auto holder = base_.live.find_by_email(user.after->email);
            const bool is_held = holder && !edited.contains(holder->id);
            if (is_held || !emails.insert(fold_email(user.after->email)).second)
                conflict(edit_.users.find(user.id) ? user.id : 0,
                         "the e-mail \"" + printable(user.after->email) +
                             "\" belongs to another user" +
                             (is_held ? ", " + std::to_string(holder->id) : ""));
        }
    }

    // Where there is none to begin with, none is asked for.
    void check_admins(bool (*counts)(const UserRecord&), const std::string& what) {
        std::uint64_t left = 0;
        for_each_user(base_.live, [&](const UserRecord& live) { left += counts(live) ? 1U : 0U; });
        UserId last = 0;
        for (const EditedUser& user : merged_.users) {
            const auto live = base_.live.find(user.id);
            const bool was_one = live && counts(*live);
            const bool is_one = user.after && counts(to_record(*user.after));
            if (was_one && !is_one && last == 0) last = user.id;
            left = left - (was_one ? 1U : 0U) + (is_one ? 1U : 0U);
        }
        if (left > 0 || last == 0) return;
        conflict(edit_.users.find(last) ? last : 0, "no " + what + " would be left: user " +
                                                        std::to_string(last) + " is the last one");
    }

    void conflict(UserId id, std::string text) {
        if (!conflict_) conflict_ = MergeConflict{id, std::move(text)};
    }

    const UsersDocument& edit_;
    const MergeBase& base_;
    Revision since_;
    boost::unordered_flat_map<UserId, std::uint64_t> changed_;
    MergedEdit merged_;
    std::optional<MergeConflict> conflict_;
};

}  // namespace

std::variant<MergedEdit, MergeConflict> merge_edit(const UsersDocument& edit,
                                                   const MergeBase& base) {
    return Merge(edit, base).run();
}

// E-mails may go from one user to another: everybody makes room first.
void apply_edit(const MergedEdit& edit, UserIndex& index) {
    for (const EditedUser& user : edit.users)
        if (index.find(user.id)) index.erase(user.id);
    for (const EditedUser& user : edit.users) {
        if (!user.after) continue;
        UserRecord record = to_record(*user.after);
        record.unknown_members = user.unknown_members;
        index.insert(record);
    }
    index.next_id = edit.next_id;
    index.revision += edit.users.size();
}

}  // namespace roster::storage
