#include "cli/admin/refusals.hpp"

#include "cli/io/listing.hpp"

#include <boost/asio/error.hpp>

namespace roster::cli {
namespace {

std::string advice(Errc error) {
    switch (error) {
        case Errc::email_taken: return "; 'roster user show' shows which user has it";
        case Errc::username_taken: return "; 'roster user show' shows which user has it";
        case Errc::last_admin:
            return "; make another one first, with 'roster user set USER --role admin'";
        case Errc::store_unavailable: return "; the log says why";
        case Errc::certificate_not_trusted:
            return "; SSL_CERT_FILE names a file of the certificates to trust";
        default: return "";
    }
}

}  // namespace

Refused refusal_of(const std::string& subject, const boost::system::error_code& why) {
    const bool is_ours = why.category() == error_category();
    const std::string what_to_do = is_ours ? advice(static_cast<Errc>(why.value()))
                                   : why == boost::asio::error::connection_refused
                                       ? "; is a server running?"
                                       : "";
    return Refused(exit_code(why),
                   escape_for_terminal(subject) + ": " + why.message() + what_to_do);
}

Refused short_password_refusal(const std::string& subject, std::size_t least) {
    return Refused(exit_code(Errc::password_too_short), escape_for_terminal(subject) +
                                                            ": the password must have at least " +
                                                            std::to_string(least) + " characters");
}

bool is_token_refused(const ApiError& error) noexcept {
    return error.error == Errc::unauthenticated || error.error == Errc::session_expired ||
           error.error == Errc::session_revoked;
}

// A message of the server would say no more than ours, but for what a client cannot know.
Refused remote_refusal(const std::string& server, const std::string& subject,
                       const ApiError& error) {
    if (error.error == Errc::password_too_short && error.fields.front().min)
        return short_password_refusal(subject, *error.fields.front().min);
    if (error.error == Errc::invalid_request && !error.fields.empty()) {
        const ApiFieldError& field = error.fields.front();
        return Refused(exit_code(error.error),
                       escape_for_terminal(subject + ": " + field.pointer + " " + field.detail));
    }
    const bool is_of_server = !error.problem || error.problem == ProblemCode::not_implemented ||
                              error.problem == ProblemCode::malformed_request;
    if (is_of_server && !error.detail.empty())
        return Refused(error.problem == ProblemCode::not_implemented ? ExitCode::failed
                                                                     : exit_code(error.error),
                       escape_for_terminal(server + ": " + error.detail));
    return refusal_of(error.problem ? subject : server, error.error);
}

}  // namespace roster::cli
