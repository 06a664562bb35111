#include <roster/error.hpp>

namespace roster {
namespace {

const char* text_of(Errc e) noexcept {
    switch (e) {
        case Errc::email_too_short: return "the e-mail must have at least 2 characters";
        case Errc::email_too_long: return "the e-mail must not be longer than 254 bytes";
        case Errc::email_not_text:
            return "the e-mail must be UTF-8 text without control characters";
        case Errc::password_too_short: return "the password must have at least 2 characters";
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
    }
    return "unknown error";
}

class Category final : public boost::system::error_category {
  public:
    const char* name() const noexcept override { return "roster"; }
    std::string message(int value) const override { return text_of(static_cast<Errc>(value)); }
};

}  // namespace

const boost::system::error_category& error_category() noexcept {
    static const Category category;
    return category;
}

}  // namespace roster
