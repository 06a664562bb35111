#pragma once

// Errors of accounts -> problems of the API.

#include <roster/error.hpp>

#include "accounts/request_context.hpp"
#include "server/http/api.hpp"

#include <string_view>

namespace roster::server {

/// `password_member`: where an error of a password is, "password" or "new_password". `why`: the
/// detail, if it is not the usual one of the error.
void fail(Call& call, const boost::system::error_code& error,
          std::string_view password_member = "password", std::string_view why = {});

/// A page that may not do this by cookie.
void refuse_origin(Call& call);

/// The same, with Retry-After.
template <class T>
void fail(Call& call, const accounts::Attempt<T>& attempt,
          std::string_view password_member = "password") {
    fail(call, attempt.error(), password_member);
    if (attempt.error() == Errc::too_many_attempts)
        call.response.add_header("Retry-After", std::to_string(attempt.retry_after().count()));
}

}  // namespace roster::server
