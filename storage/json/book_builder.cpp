#include "storage/json/book_builder.hpp"

#include "storage/json/password_value.hpp"
#include "vocabulary/text.hpp"

#include <utility>

namespace roster::storage {

bool BookBuilder::refuse(std::size_t token, std::string text) {
    problem_ = Problem{token, std::move(text)};
    return false;
}

bool BookBuilder::refuse(const std::optional<DraftProblem>& problem) {
    return problem ? refuse(problem->token, problem->text) : true;
}

// What stands where something else must.
bool BookBuilder::not_expected() {
    switch (level_) {
        case Level::text: return refuse("a book is an object: {\"users\": [...]}");
        case Level::book:
            if (member_ == Member::users) return refuse("\"users\" must be an array");
            if (member_ == Member::format)
                return refuse("\"format\" must be 1; another one was written by a newer roster");
            if (member_ == Member::revision)
                return refuse("\"revision\" must be a whole number up to 9007199254740991");
            return refuse("\"next_id\" must be a whole number from 1 to 9007199254740991");
        case Level::users: return refuse("\"users\" must hold objects");
        case Level::user: return refuse("not expected here");
    }
    return false;
}

bool BookBuilder::name(std::string_view name) {
    ++token_;
    if (level_ == Level::user && !draft_.in_unknown()) return refuse(draft_.name(name, token_));
    UnknownMembers& unknown = level_ == Level::user ? draft_.unknown() : unknown_;
    if (!unknown.is_open()) return top_level_name(name);
    return unknown.name(name) || refuse("\"" + printable(name) + "\" stands twice in one object");
}

bool BookBuilder::top_level_name(std::string_view name) {
    if (!seen_.add(name, token_)) return refuse("\"" + printable(name) + "\" stands twice");
    if (name == "format")
        member_ = Member::format;
    else if (name == "revision")
        member_ = Member::revision;
    else if (name == "next_id")
        member_ = Member::next_id;
    else if (name == "users")
        member_ = Member::users;
    else
        unknown_.begin_member(name);
    return true;
}

bool BookBuilder::string(std::string_view text) {
    ++token_;
    UnknownMembers& unknown = level_ == Level::user ? draft_.unknown() : unknown_;
    if (unknown.is_open()) {
        unknown.string(text);
        return true;
    }
    return level_ == Level::user ? refuse(draft_.string(text, token_)) : not_expected();
}

bool BookBuilder::number(const JsonNumber& number) {
    ++token_;
    UnknownMembers& unknown = level_ == Level::user ? draft_.unknown() : unknown_;
    if (unknown.is_open()) {
        unknown.literal(number.text);
        return true;
    }
    if (level_ == Level::user) return refuse(draft_.number(number, token_));
    return level_ == Level::book ? top_level_number(number) : not_expected();
}

bool BookBuilder::top_level_number(const JsonNumber& number) {
    if (!number.whole || *number.whole > kMaxNumber) return not_expected();
    switch (member_) {
        case Member::format: return *number.whole == 1 || not_expected();
        case Member::revision: revision_ = number.whole; return true;
        case Member::next_id: next_id_ = number.whole; return *number.whole >= 1 || not_expected();
        case Member::none:
        case Member::unknown:
        case Member::users: break;
    }
    return not_expected();
}

bool BookBuilder::literal(std::string_view text) {
    ++token_;
    UnknownMembers& unknown = level_ == Level::user ? draft_.unknown() : unknown_;
    if (unknown.is_open()) {
        unknown.literal(text);
        return true;
    }
    return level_ == Level::user ? refuse(draft_.literal(text, token_)) : not_expected();
}

bool BookBuilder::begin_object() {
    ++token_;
    UnknownMembers& unknown = level_ == Level::user ? draft_.unknown() : unknown_;
    if (unknown.is_open()) {
        unknown.begin('{');
        return true;
    }
    switch (level_) {
        case Level::text: level_ = Level::book; return true;
        case Level::users:
            level_ = Level::user;
            draft_.begin(token_);
            return true;
        case Level::user: return refuse(draft_.bracket(token_));
        case Level::book: break;
    }
    return not_expected();
}

bool BookBuilder::begin_array() {
    ++token_;
    UnknownMembers& unknown = level_ == Level::user ? draft_.unknown() : unknown_;
    if (unknown.is_open()) {
        unknown.begin('[');
        return true;
    }
    if (level_ == Level::user) return refuse(draft_.bracket(token_));
    if (level_ != Level::book || member_ != Member::users) return not_expected();
    level_ = Level::users;
    book_.members_before_users = unknown_.take();
    return true;
}

bool BookBuilder::end_object() {
    ++token_;
    UnknownMembers& unknown = level_ == Level::user ? draft_.unknown() : unknown_;
    if (unknown.is_open()) {
        unknown.end();
        return true;
    }
    if (level_ == Level::user) return end_user();
    return true;
}

bool BookBuilder::end_array() {
    ++token_;
    UnknownMembers& unknown = level_ == Level::user ? draft_.unknown() : unknown_;
    if (unknown.is_open())
        unknown.end();
    else
        level_ = Level::book;
    return true;
}

bool BookBuilder::end_user() {
    if (const auto problem = draft_.end()) return refuse(problem);
    level_ = Level::users;
    if (draft_.role) any_role_ = true;
    if (draft_.id) return add(draft_);
    without_id_.push_back(std::move(draft_));
    return true;
}

bool BookBuilder::add(const UserDraft& draft) {
    const bool is_plain = classify_password(draft.password.reveal()) == PasswordValue::plain;
    UserRecord record;
    record.id = *draft.id;
    record.email = draft.email;
    if (!is_plain) record.password_hash = draft.password.reveal();
    record.role = draft.role.value_or(Role::user);
    record.disabled = draft.disabled;
    record.created_at = draft.created_at.value_or(now_);
    record.updated_at = draft.updated_at.value_or(record.created_at);
    record.revision = draft.revision.value_or(0);
    record.unknown_members = draft.unknown_members;
    const auto inserted = book_.users.insert(record);
    if (inserted == UserIndex::Inserted::id_taken)
        return refuse(draft.token_of("id"), "two users have the id " + std::to_string(record.id));
    if (inserted == UserIndex::Inserted::email_taken)
        return refuse(draft.token_of("email"),
                      "two users have the e-mail \"" + printable(draft.email) + "\"");
    if (is_plain)
        book_.plain_passwords.push_back({record.id, draft.password, draft.token_of("password")});
    if (first_user_ == 0) first_user_ = record.id;
    if (!draft.revision) without_revision_.push_back(record.id);
    if (record.revision > largest_revision_) {
        largest_revision_ = record.revision;
        largest_revision_token_ = draft.token_of("revision");
    }
    return true;
}

bool BookBuilder::finish() {
    return finish_members() && finish_users();
}

bool BookBuilder::finish_members() {
    const auto slip = seen_.find_slip({"format", "revision", "next_id", "users"});
    if (slip)
        return refuse(slip->token, "unknown member \"" + printable(slip->name) + "\"; is \"" +
                                       std::string(slip->meant) + "\" meant?");
    if (!seen_.find("users")) return refuse(0, "the book has no \"users\"");
    const bool has_format = seen_.find("format").has_value();
    for (const std::string_view name : {"revision", "next_id"}) {
        const auto token = seen_.find(name);
        if (has_format && !token)
            return refuse(0, "the book has a \"format\", but no \"" + std::string(name) + "\"");
        if (!has_format && token)
            return refuse(*token,
                          "the book has a \"" + std::string(name) + "\", but no \"format\"");
    }
    book_.members_after_users = unknown_.take();
    return true;
}

bool BookBuilder::finish_users() {
    UserIndex& users = book_.users;
    const UserId last_id = users.table().last_id();
    users.revision = revision_.value_or(0);
    users.next_id = std::max(next_id_.value_or(1), last_id + 1);
    if (seen_.find("format") && largest_revision_ > users.revision)
        return refuse(largest_revision_token_, "the user's \"revision\" is above the book's");
    users.revision = std::max(users.revision, largest_revision_);
    book_.completed = users.next_id != next_id_.value_or(0) || !without_id_.empty();
    for (UserDraft& draft : without_id_) {
        draft.id = users.next_id++;
        if (!add(draft)) return false;
    }
    if (users.next_id > kMaxNumber) return refuse(0, "no id is left for another user");
    if (!seen_.find("format")) finish_old_book();
    finish_revisions();
    return true;
}

// The original had no roles: its first user was the administrator.
void BookBuilder::finish_old_book() {
    book_.completed = true;
    if (any_role_ || first_user_ == 0) return;
    User first = to_user(*book_.users.find(first_user_));
    first.role = Role::admin;
    book_.users.replace(to_record(first));
}

void BookBuilder::finish_revisions() {
    if (without_revision_.empty()) return;
    book_.completed = true;
    ++book_.users.revision;
    for (const UserId id : without_revision_) {
        User user = to_user(*book_.users.find(id));
        user.revision = book_.users.revision;
        book_.users.replace(to_record(user));
    }
}

}  // namespace roster::storage
