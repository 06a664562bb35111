#include "cli/io/exit_code.hpp"

namespace roster::cli {

ExitCode exit_code(Errc error) noexcept {
    switch (error) {
        case Errc::email_too_short:
        case Errc::email_too_long:
        case Errc::email_not_text:
        case Errc::password_too_short:
        case Errc::password_too_long:
        case Errc::password_not_text:
        case Errc::password_common:
        case Errc::password_is_email:
        case Errc::invalid_request: return ExitCode::usage;
        case Errc::session_not_found:
        case Errc::user_not_found: return ExitCode::not_found;
        case Errc::email_taken:
        case Errc::id_taken:
        case Errc::last_admin:
        case Errc::revision_mismatch: return ExitCode::conflict;
        case Errc::store_unavailable:
        case Errc::store_locked:
        case Errc::store_damaged: return ExitCode::store;
        case Errc::invalid_credentials:
        case Errc::forbidden:
        case Errc::overloaded:
        case Errc::malformed_answer:
        case Errc::connection_closed:
        case Errc::timed_out:
        case Errc::cancelled:
        case Errc::internal:
        case Errc::address_unavailable:
        case Errc::too_many_attempts:
        case Errc::account_disabled:
        case Errc::unauthenticated:
        case Errc::session_expired:
        case Errc::session_revoked: return ExitCode::failed;
    }
    return ExitCode::failed;
}

ExitCode exit_code(const boost::system::error_code& error) noexcept {
    if (!error) return ExitCode::ok;
    if (error.category() != error_category()) return ExitCode::failed;
    return exit_code(static_cast<Errc>(error.value()));
}

}  // namespace roster::cli
