#include <roster/error.hpp>

#include <array>
#include <cstddef>

namespace roster {
namespace {

struct Row {
    Errc error;
    std::string_view name;
    ErrorClass error_class;
    const char* message;
};

using Class = ErrorClass;

// In the order of the numbers, which begin with 1.
constexpr std::array kRows{
    Row{Errc::email_too_short, "email_too_short", Class::invalid,
        "the e-mail must have at least 2 characters"},
    Row{Errc::email_too_long, "email_too_long", Class::invalid,
        "the e-mail must not be longer than 254 bytes"},
    Row{Errc::email_not_text, "email_not_text", Class::invalid,
        "the e-mail must be UTF-8 text without control or invisible characters, and without spaces "
        "around it"},
    Row{Errc::password_too_short, "password_too_short", Class::invalid,
        "the password has too few characters"},
    Row{Errc::password_too_long, "password_too_long", Class::invalid,
        "the password must not be longer than 1024 bytes"},
    Row{Errc::password_not_text, "password_not_text", Class::invalid,
        "the password must be UTF-8 text without control characters"},
    Row{Errc::invalid_credentials, "invalid_credentials", Class::unauthenticated,
        "unknown e-mail or wrong password"},
    Row{Errc::forbidden, "forbidden", Class::forbidden, "not allowed"},
    Row{Errc::user_not_found, "user_not_found", Class::not_found, "no user has this id"},
    Row{Errc::email_taken, "email_taken", Class::conflict, "email already registered"},
    Row{Errc::last_admin, "last_admin", Class::conflict,
        "the last administrator cannot be removed, disabled or demoted"},
    Row{Errc::revision_mismatch, "revision_mismatch", Class::conflict,
        "the user was changed by another request in the meantime"},
    Row{Errc::overloaded, "overloaded", Class::unavailable,
        "the server is too busy; try again in a moment"},
    Row{Errc::store_unavailable, "store_unavailable", Class::unavailable,
        "the store cannot be read or written at the moment"},
    Row{Errc::store_locked, "store_locked", Class::unavailable,
        "the store is in use by another process"},
    Row{Errc::store_damaged, "store_damaged", Class::internal, "the store is damaged"},
    Row{Errc::invalid_request, "invalid_request", Class::invalid, "the request is not valid"},
    Row{Errc::malformed_answer, "malformed_answer", Class::internal,
        "the server sent a malformed answer"},
    Row{Errc::connection_closed, "connection_closed", Class::unavailable,
        "the server closed the connection"},
    Row{Errc::timed_out, "timed_out", Class::unavailable, "no answer in time"},
    Row{Errc::cancelled, "cancelled", Class::internal, "cancelled"},
    Row{Errc::internal, "internal", Class::internal, "an internal error"},
    Row{Errc::address_unavailable, "address_unavailable", Class::unavailable,
        "cannot listen on the address"},
    Row{Errc::too_many_attempts, "too_many_attempts", Class::too_many,
        "too many attempts; try again later"},
    Row{Errc::account_disabled, "account_disabled", Class::forbidden, "the account is disabled"},
    Row{Errc::unauthenticated, "unauthenticated", Class::unauthenticated, "log in first"},
    Row{Errc::session_expired, "session_expired", Class::unauthenticated,
        "the session has expired; log in again"},
    Row{Errc::session_revoked, "session_revoked", Class::unauthenticated,
        "the session was revoked; log in again"},
    Row{Errc::session_not_found, "session_not_found", Class::not_found, "no session has this id"},
    Row{Errc::password_common, "password_common", Class::invalid, "the password is too common"},
    Row{Errc::password_is_email, "password_is_email", Class::invalid,
        "the password must not be the e-mail"},
    Row{Errc::id_taken, "id_taken", Class::conflict,
        "the id is already in use, or was in the past"},
    Row{Errc::username_taken, "username_taken", Class::conflict, "the username is already in use"},
    Row{Errc::certificate_not_trusted, "certificate_not_trusted", Class::internal,
        "the server's certificate is not trusted, has ended, or is another host's"},
    Row{Errc::outcome_unknown, "outcome_unknown", Class::unavailable,
        "it is not known whether this was done"},
};

constexpr bool is_in_order() {
    for (std::size_t i = 0; i < kRows.size(); ++i)
        if (static_cast<std::size_t>(kRows[i].error) != i + 1) return false;
    return true;
}
static_assert(is_in_order());

constexpr const Row* find(int value) noexcept {
    if (value < 1 || static_cast<std::size_t>(value) > kRows.size()) return nullptr;
    return &kRows[static_cast<std::size_t>(value) - 1];
}

class Category final : public boost::system::error_category {
  public:
    const char* name() const noexcept override { return "roster"; }
    std::string message(int value) const override {
        const Row* row = find(value);
        return row != nullptr ? row->message : "unknown error";
    }
};

}  // namespace

std::string_view name_of(Errc error) noexcept {
    const Row* row = find(static_cast<int>(error));
    return row != nullptr ? row->name : "unknown";
}

ErrorClass class_of(Errc error) noexcept {
    const Row* row = find(static_cast<int>(error));
    return row != nullptr ? row->error_class : ErrorClass::internal;
}

ErrorClass class_of(const boost::system::error_code& error) noexcept {
    if (error.category() != error_category()) return ErrorClass::internal;
    return class_of(static_cast<Errc>(error.value()));
}

const boost::system::error_category& error_category() noexcept {
    static const Category category;
    return category;
}

}  // namespace roster
