#include "storage/json/edit_merge.hpp"

#include "core/text.hpp"
#include "core/user_profile.hpp"
#include "storage/memory/packed_profile.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <algorithm>
#include <utility>

namespace roster::storage {
namespace {

struct EditWrite {
    UserId id = 0;
    Write write;
    // What the text has of the user, and no write can say.
    std::string unknown_members;
    std::chrono::sys_seconds created_at{};
    // Of a user without an id in the text.
    std::optional<std::size_t> token;
};

// Located by the user in the text, or by a token; without both at the beginning.
struct MergeConflict {
    UserId id = 0;
    std::string text;
    std::optional<std::size_t> token;
};

template <class Visit>
void for_each_user(const UserIndex& users, Visit visit) {
    for (const auto& chunk : users.chunks_above(0))
        for (std::size_t i = 0; i < chunk->size(); ++i)
            visit(chunk->at(i));
}

std::string user_text(UserId id) {
    return "user " + std::to_string(id);
}

// The e-mail and the username that a write gives a user.
struct NewLogins {
    explicit NewLogins(const Write& write) {
        if (const auto* created = std::get_if<CreateUser>(&write)) {
            email = created->email;
            if (!created->profile.username.empty()) username = created->profile.username;
        } else if (const auto* updated = std::get_if<UpdateUser>(&write)) {
            email = updated->email;
            username = updated->profile.username;
        }
    }

    std::optional<std::string> email;
    std::optional<std::string> username;
};

class Merge {
  public:
    Merge(const UsersDocument& edit, const MergeBase& base) : edit_(edit), base_(base) {}

    std::variant<std::vector<EditWrite>, MergeConflict> run() {
        if (!edit_.has_revision && !base_.file_revision)
            return unmergeable(
                "the text has no \"revision\", so that it cannot be told what was changed in it");
        const Revision since =
            edit_.has_revision ? edit_.users.revision : base_.file_revision.value_or(0);
        if (since > base_.live.revision)
            return unmergeable("the text's \"revision\" was never given");
        if (!base_.recent.knows_file(since))
            return unmergeable("what changed since the text's \"revision\" is not known any more");
        changed_ = base_.recent.since(since);
        for_each_user(edit_.users, [this](const UserRecord& text) { compare(text); });
        for_each_user(base_.live, [this](const UserRecord& live) { find_erased(live); });
        UserId next_id = std::max(base_.live.next_id, edit_.users.next_id);
        for (const FileUser& user : edit_.users_without_id)
            if (!was_taken_over(user)) create(user, next_id++);
        for (const EditWrite& edit : writes_)
            check_email(edit);
        if (conflict_) return *conflict_;
        return std::move(writes_);
    }

  private:
    static MergeConflict unmergeable(const std::string& why) {
        return {0,
                why +
                    "; move the text away to see the present users, and edit those, or stop the "
                    "server and remove the .base, .journal and .journal.next beside the text to "
                    "make it the store",
                {}};
    }

    void compare(const UserRecord& text) {
        const auto live = base_.live.find(text.id);
        if (live && digest_of(*live) == digest_of(text)) return;
        const auto changed = changed_.find(text.id);
        if (changed == changed_.end())
            live ? update(text, *live) : create(text);
        else if (changed->second != digest_of(text) && !(live && was_taken_over(text, *live)))
            conflict(text.id, user_text(text.id) +
                                  " was changed by the server meanwhile, and in the text too");
    }

    // While a server runs it knows its own texts; at a start the text may be one that was taken
    // over just before a kill.
    bool is_start() const noexcept { return !base_.file_revision; }

    // Its password was hashed, and has another hash now.
    bool was_taken_over(const UserRecord& text, const UserRecord& live) const {
        if (!is_start()) return false;
        UserRecord with_live_password = text;
        with_live_password.password_hash = live.password_hash;
        return edit_.had_plain_password.contains(text.id) &&
               digest_of(with_live_password) == digest_of(live);
    }

    // The user was given an id.
    bool was_taken_over(const FileUser& user) const {
        const auto live = base_.live.find_by_login(user.fields.email);
        if (!live || !is_start()) return false;
        if (!equals_ignoring_case(live->email, user.fields.email)) return false;
        const auto changed = changed_.find(live->id);
        return changed != changed_.end() && changed->second == kWasNotThere &&
               live->role == user.fields.role.value_or(Role::user) &&
               live->disabled == user.fields.disabled &&
               live->profile == pack(user.fields.profile) &&
               to_user(*live).metadata == user.fields.metadata;
    }

    void find_erased(const UserRecord& live) {
        if (edit_.users.find(live.id)) return;
        const auto changed = changed_.find(live.id);
        if (changed == changed_.end())
            writes_.push_back({live.id, EraseUser(live.id), {}, {}, {}});
        else if (changed->second != kWasNotThere)
            conflict(0, user_text(live.id) +
                            " was changed by the server meanwhile, but is gone from the text");
    }

    // `credentials_revision` and `last_login_at` are never what the text says: an old text would
    // bring back what was ended since.
    void update(const UserRecord& text, const UserRecord& live) {
        UpdateUser write(text.id);
        if (text.email != live.email) write.email = text.email;
        if (text.password_hash != live.password_hash)
            write.password_hash = Secret(text.password_hash);
        if (text.role != live.role) write.role = text.role;
        if (text.disabled != live.disabled) write.disabled = text.disabled;
        if (text.profile != live.profile)
            write.profile = difference(unpack(live.profile), unpack(text.profile));
        // Not reset by the new e-mail: it is what the text says.
        if (write.email) write.profile.email_verified_at = unpack(text.profile).email_verified_at;
        if (text.metadata != live.metadata) write.metadata = to_user(text).metadata;
        writes_.push_back(
            {text.id, std::move(write), std::string(text.unknown_members), text.created_at, {}});
    }

    void create(const UserRecord& text) {
        CreateUser write(std::string(text.email), Secret(text.password_hash), text.role);
        write.id = text.id;
        write.disabled = text.disabled;
        write.created_at = text.created_at;
        write.profile = unpack(text.profile);
        write.last_login_at = text.last_login_at;
        write.metadata = to_user(text).metadata;
        writes_.push_back({text.id, std::move(write), std::string(text.unknown_members), {}, {}});
    }

    void create(const FileUser& user, UserId id) {
        const ParsedUser& fields = user.fields;
        CreateUser write(fields.email, fields.password, fields.role.value_or(Role::user));
        write.id = id;
        write.disabled = fields.disabled;
        write.created_at = fields.created_at;
        write.profile = fields.profile;
        write.last_login_at = fields.last_login_at;
        write.metadata = fields.metadata;
        writes_.push_back({id, std::move(write), fields.unknown_members, {}, user.email_token});
    }

    // Stores of before may have such e-mails; nobody gets a new one.
    void check_email(const EditWrite& edit) {
        const auto email = NewLogins(edit.write).email;
        if (conflict_ || !email || is_plain_to_see(*email)) return;
        conflict_ = MergeConflict{edit.id,
                                  "the e-mail \"" + printable(*email) +
                                      "\" has spaces around it, or invisible characters",
                                  edit.token};
    }

    void conflict(UserId id, std::string text) {
        if (!conflict_) conflict_ = MergeConflict{id, std::move(text), {}};
    }

    const UsersDocument& edit_;
    const MergeBase& base_;
    boost::unordered_flat_map<UserId, std::uint64_t> changed_;
    std::vector<EditWrite> writes_;
    std::optional<MergeConflict> conflict_;
};

// The rules look at one write after the other, a text at all of them together: e-mails and
// usernames may be exchanged in it, and a new administrator may be below the old one. So writes
// that are refused are tried again after the others, and users that are about to release an e-mail
// or a username do so when another one needs it.
class EditOrder {
  public:
    EditOrder(std::vector<EditWrite> writes, UserTransaction& transaction)
        : pending_(std::move(writes)), transaction_(transaction) {
        for (const EditWrite& edit : pending_) {
            const NewLogins logins(edit.write);
            const bool is_new = std::holds_alternative<CreateUser>(edit.write);
            const bool is_gone = std::holds_alternative<EraseUser>(edit.write);
            if (is_gone || (!is_new && (logins.email || logins.username)))
                releasing_.emplace(edit.id, edit.write);
        }
    }

    std::optional<MergeConflict> run() {
        while (!pending_.empty()) {
            const std::size_t before = pending_.size();
            std::erase_if(pending_, [this](const EditWrite& edit) { return is_applied(edit); });
            if (pending_.size() == before) return conflict();
        }
        return std::nullopt;
    }

  private:
    bool is_applied(const EditWrite& edit) {
        auto applied = transaction_.apply(edit.write, edit.created_at);
        while (!applied && release(needed_login(edit, applied.error())))
            applied = transaction_.apply(edit.write, edit.created_at);
        if (applied) {
            releasing_.erase(edit.id);
            return true;
        }
        error_ = applied.error();
        refused_ = edit;
        return false;
    }

    // What a refused write needs, if another user has it.
    static std::optional<std::string> needed_login(const EditWrite& edit,
                                                   const boost::system::error_code& error) {
        if (error == Errc::email_taken) return NewLogins(edit.write).email;
        if (error == Errc::username_taken) return NewLogins(edit.write).username;
        return std::nullopt;
    }

    // The holder's own write follows.
    bool release(const std::optional<std::string>& login) {
        const auto holder = login ? transaction_.holder_of(*login) : std::nullopt;
        const auto pending = releasing_.find(holder.value_or(0));
        if (pending == releasing_.end()) return false;
        const NewLogins own(pending->second);
        const bool is_gone = std::holds_alternative<EraseUser>(pending->second);
        UpdateUser away(pending->first);
        releasing_.erase(pending);
        if (is_gone || own.email)
            away.email = "user-" + std::to_string(away.id) + ".being-renamed.invalid";
        if (is_gone || own.username) away.profile.username.emplace();
        return transaction_.apply(away).has_value();
    }

    MergeConflict conflict() {
        const bool is_gone = std::holds_alternative<EraseUser>(refused_->write);
        MergeConflict conflict{is_gone ? 0 : refused_->id, {}, refused_->token};
        const auto login = needed_login(*refused_, error_);
        const auto holder = login ? transaction_.holder_of(*login) : std::nullopt;
        if (holder)
            conflict.text = (error_ == Errc::email_taken ? "the e-mail \"" : "the username \"") +
                            printable(*login) + "\" belongs to another user, " +
                            std::to_string(*holder);
        else if (error_ == Errc::last_admin)
            conflict.text =
                "no administrator would be left: " + user_text(refused_->id) + " is the last one";
        else
            conflict.text = user_text(refused_->id) + ": " + error_.message();
        return conflict;
    }

    std::vector<EditWrite> pending_;
    UserTransaction& transaction_;
    boost::system::error_code error_;
    std::optional<EditWrite> refused_;
    // Pending writes that erase the user, or change the e-mail or the username.
    boost::unordered_flat_map<UserId, Write> releasing_;
};

// Nobody can log in as an administrator without a password. If every administrator was like that
// before, the edit need not change it.
bool is_usable_admin(const UserRecord& user) noexcept {
    return user.role == Role::admin && !user.disabled && !user.password_hash.empty();
}

std::optional<MergeConflict> check_usable_admin(const UserIndex& live,
                                                const UserTransaction& transaction) {
    boost::unordered_flat_map<UserId, const UserChange*> latest;
    for (const UserChange& change : transaction.changes())
        latest[change.id] = &change;
    const auto is_left = [](const UserChange& change) {
        return change.after && is_usable_admin(to_record(*change.after));
    };
    UserId last = 0;
    bool is_any_left = false;
    for_each_user(live, [&](const UserRecord& user) {
        if (!is_usable_admin(user)) return;
        const auto changed = latest.find(user.id);
        if (changed == latest.end() || is_left(*changed->second))
            is_any_left = true;
        else if (last == 0)
            last = user.id;
    });
    for (const auto& [id, change] : latest)
        is_any_left = is_any_left || is_left(*change);
    if (is_any_left || last == 0) return std::nullopt;
    return MergeConflict{
        latest[last]->after ? last : 0,
        "no administrator with a password would be left: " + user_text(last) + " is the last one",
        {}};
}

Diagnostic located(const MergeConflict& conflict, std::string_view text) {
    return Diagnostic(conflict.text, conflict.token ? locate_token(text, *conflict.token)
                                                    : locate_user(text, conflict.id));
}

}  // namespace

std::variant<MergedEdit, Diagnostic> merge_edit(const UsersDocument& edit, std::string_view text,
                                                const MergeBase& base,
                                                std::chrono::sys_seconds now) {
    auto read = Merge(edit, base).run();
    if (const auto* conflict = std::get_if<MergeConflict>(&read)) return located(*conflict, text);
    auto& writes = std::get<std::vector<EditWrite>>(read);
    MergedEdit merged{
        UserTransaction(base.live, now, UserTransaction::Ids::may_return), {}, writes.size(), {}};
    for (const EditWrite& write : writes)
        if (std::holds_alternative<EraseUser>(write.write))
            merged.erased.emplace_back(base.live.find(write.id)->email);
        else
            merged.unknown_members[write.id] = write.unknown_members;
    auto conflict = EditOrder(std::move(writes), merged.transaction).run();
    if (!conflict && !edit.passwords_left_out)
        conflict = check_usable_admin(base.live, merged.transaction);
    if (conflict) return located(*conflict, text);
    return merged;
}

void apply_edit(const MergedEdit& merged, UsersDocument& edit, UsersDocument& document) {
    apply_changes(merged.transaction, document.users);
    for (const auto& [id, members] : merged.unknown_members)
        document.users.replace_unknown_members(id, members);
    document.users.next_id = std::max(document.users.next_id, edit.users.next_id);
    document.members_before_users = std::move(edit.members_before_users);
    document.members_after_users = std::move(edit.members_after_users);
}

}  // namespace roster::storage
