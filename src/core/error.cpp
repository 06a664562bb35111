#include <roster/error.hpp>

namespace roster {
namespace {

const char* text_of(Errc e) noexcept {
    switch (e) {
        case Errc::email_too_short: return "the e-mail must have at least 2 characters";
        case Errc::email_too_long: return "the e-mail must not be longer than 254 bytes";
        case Errc::email_not_text:
            return "the e-mail must be UTF-8 text without control characters";
        case Errc::password_too_short: return "the password has too few characters";
        case Errc::password_too_long: return "the password must not be longer than 1024 bytes";
        case Errc::password_not_text:
            return "the password must be UTF-8 text without control characters";
        case Errc::invalid_credentials: return "unknown e-mail or wrong password";
        case Errc::forbidden: return "not allowed";
        case Errc::user_not_found: return "no user has this id";
        case Errc::email_taken: return "email already registered";
        case Errc::last_admin: return "the last administrator must stay one";
        case Errc::revision_mismatch: return "the user was changed by somebody else meanwhile";
        case Errc::overloaded: return "too much to do just now; try again in a moment";
        case Errc::store_unavailable: return "the store cannot be read or written just now";
        case Errc::store_locked: return "the store is in use by another process";
        case Errc::store_damaged: return "the store is damaged";
        case Errc::invalid_request: return "the request is not valid";
        case Errc::malformed_answer: return "the server's answer makes no sense";
        case Errc::connection_closed: return "the server closed the connection";
        case Errc::timed_out: return "no answer in time";
        case Errc::cancelled: return "cancelled";
        case Errc::internal: return "an internal error";
        case Errc::address_unavailable: return "the address cannot be listened on";
        case Errc::too_many_attempts: return "too many attempts; try again later";
        case Errc::account_disabled: return "the account is disabled";
        case Errc::unauthenticated: return "log in first";
        case Errc::session_expired: return "the session has expired; log in again";
        case Errc::session_revoked: return "the session was ended; log in again";
        case Errc::session_not_found: return "no session has this id";
        case Errc::password_common:
            return "the password is one of those that everybody tries first";
        case Errc::password_is_email: return "the password must not be the e-mail";
        case Errc::id_taken: return "the id was given to somebody already";
    }
    return "unknown error";
}

class Category final : public boost::system::error_category {
  public:
    const char* name() const noexcept override { return "roster"; }
    std::string message(int value) const override { return text_of(static_cast<Errc>(value)); }
};

}  // namespace

std::string_view name_of(Errc error) noexcept {
    switch (error) {
        case Errc::email_too_short: return "email_too_short";
        case Errc::email_too_long: return "email_too_long";
        case Errc::email_not_text: return "email_not_text";
        case Errc::password_too_short: return "password_too_short";
        case Errc::password_too_long: return "password_too_long";
        case Errc::password_not_text: return "password_not_text";
        case Errc::invalid_credentials: return "invalid_credentials";
        case Errc::forbidden: return "forbidden";
        case Errc::user_not_found: return "user_not_found";
        case Errc::email_taken: return "email_taken";
        case Errc::last_admin: return "last_admin";
        case Errc::revision_mismatch: return "revision_mismatch";
        case Errc::overloaded: return "overloaded";
        case Errc::store_unavailable: return "store_unavailable";
        case Errc::store_locked: return "store_locked";
        case Errc::store_damaged: return "store_damaged";
        case Errc::invalid_request: return "invalid_request";
        case Errc::malformed_answer: return "malformed_answer";
        case Errc::connection_closed: return "connection_closed";
        case Errc::timed_out: return "timed_out";
        case Errc::cancelled: return "cancelled";
        case Errc::internal: return "internal";
        case Errc::address_unavailable: return "address_unavailable";
        case Errc::too_many_attempts: return "too_many_attempts";
        case Errc::account_disabled: return "account_disabled";
        case Errc::unauthenticated: return "unauthenticated";
        case Errc::session_expired: return "session_expired";
        case Errc::session_revoked: return "session_revoked";
        case Errc::session_not_found: return "session_not_found";
        case Errc::password_common: return "password_common";
        case Errc::password_is_email: return "password_is_email";
        case Errc::id_taken: return "id_taken";
    }
    return "unknown";
}

const boost::system::error_category& error_category() noexcept {
    static const Category category;
    return category;
}

}  // namespace roster
