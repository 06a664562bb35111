#include "cli/admin/remote_call.hpp"

#include "cli/admin/refusals.hpp"
#include "cli/io/listing.hpp"

namespace roster::cli {

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
