#include "storage/json/users_file_parser.hpp"

#include "core/text.hpp"

#include <algorithm>
#include <utility>

namespace roster::storage {

bool UsersFileParser::refuse(std::size_t token, std::string text) {
    problem_ = DraftProblem{token, std::move(text)};
    return false;
}

bool UsersFileParser::refuse(std::optional<DraftProblem> problem) {
    if (!problem) return true;
    problem_ = std::move(*problem);
    return false;
}

// What stands where something else must.
bool UsersFileParser::not_expected() {
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

bool UsersFileParser::name(std::string_view name) {
    ++token_;
    if (level_ == Level::user && !draft_.in_kept()) return refuse(draft_.name(name, token_));
    RawJson& kept = level_ == Level::user ? draft_.kept() : unknown_;
    if (!kept.is_open()) return top_level_name(name);
    return kept.name(name) || refuse("\"" + printable(name) + "\" stands twice in one object");
}

bool UsersFileParser::top_level_name(std::string_view name) {
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

bool UsersFileParser::string(std::string_view text) {
    ++token_;
    RawJson& kept = level_ == Level::user ? draft_.kept() : unknown_;
    if (kept.is_open()) {
        kept.string(text);
        return true;
    }
    return level_ == Level::user ? refuse(draft_.string(text, token_)) : not_expected();
}

bool UsersFileParser::number(const JsonNumber& number) {
    ++token_;
    RawJson& kept = level_ == Level::user ? draft_.kept() : unknown_;
    if (kept.is_open()) {
        kept.literal(number.text);
        return true;
    }
    if (level_ == Level::user) return refuse(draft_.number(number, token_));
    return level_ == Level::book ? top_level_number(number) : not_expected();
}

bool UsersFileParser::top_level_number(const JsonNumber& number) {
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

bool UsersFileParser::literal(std::string_view text) {
    ++token_;
    RawJson& kept = level_ == Level::user ? draft_.kept() : unknown_;
    if (kept.is_open()) {
        kept.literal(text);
        return true;
    }
    return level_ == Level::user ? refuse(draft_.literal(text, token_)) : not_expected();
}

bool UsersFileParser::begin_object() {
    ++token_;
    RawJson& kept = level_ == Level::user ? draft_.kept() : unknown_;
    if (kept.is_open()) {
        kept.begin('{');
        return true;
    }
    switch (level_) {
        case Level::text: level_ = Level::book; return true;
        case Level::users:
            level_ = Level::user;
            draft_.begin(token_);
            return true;
        case Level::user: return refuse(draft_.bracket('{', token_));
        case Level::book: break;
    }
    return not_expected();
}

bool UsersFileParser::begin_array() {
    ++token_;
    RawJson& kept = level_ == Level::user ? draft_.kept() : unknown_;
    if (kept.is_open()) {
        kept.begin('[');
        return true;
    }
    if (level_ == Level::user) return refuse(draft_.bracket('[', token_));
    if (level_ != Level::book || member_ != Member::users) return not_expected();
    level_ = Level::users;
    book_.members_before_users = unknown_.take();
    return true;
}

bool UsersFileParser::end_object() {
    ++token_;
    RawJson& kept = level_ == Level::user ? draft_.kept() : unknown_;
    if (kept.is_open()) {
        kept.end();
        return true;
    }
    if (level_ == Level::user) return end_user();
    return true;
}

bool UsersFileParser::end_array() {
    ++token_;
    RawJson& kept = level_ == Level::user ? draft_.kept() : unknown_;
    if (kept.is_open())
        kept.end();
    else
        level_ = Level::book;
    return true;
}

bool UsersFileParser::end_user() {
    if (auto problem = draft_.end()) return refuse(std::move(problem));
    level_ = Level::users;
    if (draft_.role) any_role_ = true;
    if (draft_.credentials_revision > largest_credentials_) {
        largest_credentials_ = draft_.credentials_revision;
        largest_credentials_token_ = draft_.token_of("credentials_revision");
    }
    if (!draft_.id) {
        book_.users_without_id.push_back(std::move(draft_));
        return true;
    }
    if (first_user_ == 0) first_user_ = *draft_.id;
    if (draft_.revision.value_or(0) > largest_revision_) {
        largest_revision_ = *draft_.revision;
        largest_revision_token_ = draft_.token_of("revision");
    }
    return refuse(add_user(draft_, now_, book_));
}

bool UsersFileParser::finish() {
    return finish_members() && finish_users();
}

bool UsersFileParser::finish_members() {
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

bool UsersFileParser::finish_users() {
    UserIndex& users = book_.users;
    book_.has_revision = revision_.has_value();
    users.revision = revision_.value_or(0);
    if (book_.has_revision && largest_revision_ > users.revision)
        return refuse(largest_revision_token_, "the user's \"revision\" is above the book's");
    if (book_.has_revision && largest_credentials_ > users.revision)
        return refuse(largest_credentials_token_,
                      "the user's \"credentials_revision\" is above the book's \"revision\"");
    users.revision = std::max({users.revision, largest_revision_, largest_credentials_});
    users.next_id = std::max(next_id_.value_or(1), users.table().last_id() + 1);
    book_.incomplete = users.next_id != next_id_ || !book_.users_without_id.empty() ||
                       !book_.users_without_revision.empty() || !seen_.find("format");
    if (!seen_.find("format")) finish_old_book();
    return true;
}

// The original had no roles: its first user was the administrator.
void UsersFileParser::finish_old_book() {
    if (any_role_) return;
    if (first_user_ == 0) {
        if (!book_.users_without_id.empty()) book_.users_without_id.front().role = Role::admin;
        return;
    }
    User first = to_user(*book_.users.find(first_user_));
    first.role = Role::admin;
    book_.users.replace(to_record(first));
}

}  // namespace roster::storage
