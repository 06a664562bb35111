#include "storage/sqlite/row_problems.hpp"

#include "passwords/password_format.hpp"
#include "storage/core/user_rules.hpp"

namespace roster::storage {
namespace {

bool is_number(std::uint64_t number) noexcept {
    return number >= 1 && number <= kMaxNumber;
}

std::string_view wrong_with(const User& user, std::string_view email_folded,
                            const StoreTotals& totals) {
    if (!is_number(user.id)) return "has an id that is none";
    if (user.id >= totals.next_user_id) return "has an id that was not given yet";
    if (!is_storable_email(user.email))
        return "has an e-mail that is none: empty, too long, not UTF-8, or with control characters";
    if (email_folded != fold_email(user.email)) return "cannot be found by his e-mail";
    const HashStatus password = read_password_format(user.password_hash.reveal()).auth_state;
    if (password != HashStatus::none && password != HashStatus::checkable)
        return "has a password_hash that is none, and cannot log in";
    if (!is_storable_time(user.created_at) || !is_storable_time(user.updated_at))
        return "has times that are not in the years 1970 to 9999";
    if (!is_number(user.revision)) return "has a revision that is none";
    if (user.revision > totals.revision || user.credentials_revision > totals.revision)
        return "has a revision of the future";
    return {};
}

std::string_view wrong_with(const Session& session, const StoreTotals& totals) {
    if (!is_number(session.id) || session.id >= totals.next_session_id)
        return "has an id that was not given yet";
    if (!is_storable(session)) return "has a user, times or texts that no session can have";
    if (session.credentials_revision > totals.revision) return "has a revision of the future";
    return {};
}

}  // namespace

std::string problem_of_references(Connection& connection) {
    Query widowed = connection.query("PRAGMA foreign_key_check");
    if (!widowed.step()) return {};
    return "row " + std::to_string(widowed.number(1)) + " of the table " +
           std::string(widowed.text(0)) + " belongs to a row that is not there";
}

std::string problem_of(const StoreTotals& totals) {
    if (totals.revision > kMaxNumber) return "the table meta has a revision that is none";
    if (!is_number(totals.next_user_id) || !is_number(totals.next_session_id))
        return "the table meta has a next id that is none";
    return {};
}

std::string problem_of(const User& user, std::string_view email_folded, const StoreTotals& totals) {
    const std::string_view wrong = wrong_with(user, email_folded, totals);
    if (wrong.empty()) return {};
    return "user " + std::to_string(static_cast<std::int64_t>(user.id)) + " " + std::string(wrong);
}

std::string problem_of(const Session& session, const StoreTotals& totals) {
    const std::string_view wrong = wrong_with(session, totals);
    if (wrong.empty()) return {};
    return "session " + std::to_string(session.id) + " " + std::string(wrong);
}

}  // namespace roster::storage
