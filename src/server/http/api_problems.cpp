#include "server/http/api_problems.hpp"

#include <string>
#include <utility>

namespace roster::server {
namespace {

namespace http = protocol::http;
using http::FieldError;
using http::Problem;
using http::ProblemCode;

// Of the class `invalid`: which member is wrong, and how.
FieldError field_error(Errc error, std::string_view password_member) {
    std::string detail = make_error_code(error).message();
    const auto of_email = [&](std::string_view code) {
        return FieldError("/email", code, std::move(detail));
    };
    const auto of_password = [&](std::string_view code) {
        return FieldError(http::json_pointer(password_member), code, std::move(detail));
    };
    switch (error) {
        case Errc::email_too_short: return of_email("too_short");
        case Errc::email_too_long: return of_email("too_long");
        case Errc::email_not_text: return of_email("not_text");
        case Errc::password_too_short: return of_password("too_short");
        case Errc::password_too_long: return of_password("too_long");
        case Errc::password_not_text: return of_password("not_text");
        case Errc::password_common: return of_password("too_common");
        case Errc::password_is_email: return of_password("is_email");
        default: return {"", "invalid", std::move(detail)};
    }
}

ProblemCode unauthenticated_code(const boost::system::error_code& error) noexcept {
    if (error == Errc::invalid_credentials) return ProblemCode::invalid_credentials;
    if (error == Errc::session_expired) return ProblemCode::session_expired;
    if (error == Errc::session_revoked) return ProblemCode::session_revoked;
    return ProblemCode::unauthenticated;
}

ProblemCode conflict_code(const boost::system::error_code& error) noexcept {
    if (error == Errc::username_taken) return ProblemCode::username_taken;
    if (error == Errc::last_admin) return ProblemCode::last_admin;
    if (error == Errc::revision_mismatch) return ProblemCode::precondition_failed;
    return ProblemCode::email_taken;
}

ProblemCode code_of(const boost::system::error_code& error) noexcept {
    switch (class_of(error)) {
        case ErrorClass::invalid: return ProblemCode::validation_failed;
        case ErrorClass::unauthenticated: return unauthenticated_code(error);
        case ErrorClass::forbidden:
            return error == Errc::account_disabled ? ProblemCode::account_disabled
                                                   : ProblemCode::forbidden;
        case ErrorClass::not_found: return ProblemCode::not_found;
        case ErrorClass::conflict: return conflict_code(error);
        case ErrorClass::too_many: return ProblemCode::too_many_attempts;
        case ErrorClass::unavailable:
            return error == Errc::overloaded ? ProblemCode::overloaded
                                             : ProblemCode::store_unavailable;
        case ErrorClass::internal: break;
    }
    return ProblemCode::internal;
}

}  // namespace

void fail(Call& call, const boost::system::error_code& error, std::string_view password_member,
          std::string_view why) {
    const ProblemCode code = code_of(error);
    if (code == ProblemCode::validation_failed) {
        std::vector<FieldError> errors;
        const auto& policy = call.api.accounts.policy(call.who.client.channel);
        errors.push_back(field_error(static_cast<Errc>(error.value()), password_member));
        if (error == Errc::password_too_short)
            errors.back().params.emplace_back("min", policy.min_characters());
        call.fail(http::validation_failed(std::move(errors)));
        return;
    }
    std::string detail = error.message();
    if (code == ProblemCode::internal) detail = "an internal error";
    if (code == ProblemCode::unauthenticated)
        detail = "log in, and send the token in the header Authorization: Bearer TOKEN";
    if (code == ProblemCode::last_admin) detail += "; make another one first";
    if (!why.empty()) detail = why;
    call.fail(Problem(code, std::move(detail)));
    if (http::kind_of(code).status == 401) call.response.add_header("WWW-Authenticate", "Bearer");
}

void refuse_origin(Call& call) {
    call.fail(
        Problem(ProblemCode::origin_refused,
                "the header Origin is not this server's public URL, which --public-url sets"));
}

}  // namespace roster::server
