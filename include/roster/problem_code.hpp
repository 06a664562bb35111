#pragma once

// Which error of the HTTP API a problem is. `src/protocol/http/problem.cpp` has the one table of
// their names, statuses and meanings.

#include <cstdint>

namespace roster {

enum class ProblemCode : std::uint8_t {
    malformed_request,
    malformed_json,
    invalid_credentials,
    session_expired,
    session_revoked,
    unauthenticated,
    forbidden,
    account_disabled,
    sign_up_closed,
    origin_refused,
    reauthentication_required,
    not_found,
    method_not_allowed,
    not_acceptable,
    request_timeout,
    email_taken,
    username_taken,
    last_admin,
    precondition_failed,
    body_too_large,
    target_too_long,
    unsupported_media_type,
    expectation_failed,
    validation_failed,
    too_many_attempts,
    headers_too_large,
    internal,
    not_implemented,
    overloaded,
    store_unavailable,
    version_not_supported,
};

}  // namespace roster
