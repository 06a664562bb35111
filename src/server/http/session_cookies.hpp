#pragma once

// The cookies of a log-in: the one of this server, and the one that the applications of the forward
// domain get. The API and the pages set and forget them by these functions alone.

#include "accounts/accounts.hpp"
#include "server/http/api.hpp"

#include <boost/asio/awaitable.hpp>

namespace roster::server {

/// Adds the session cookie of a new log-in and, with a forward domain, a forward session of it with
/// its cookie. False: the call has failed.
/// Lifetime: both outlive the awaitable.
boost::asio::awaitable<bool> set_session_cookies(Call& call, const accounts::LoggedIn& logged_in);

/// Opens a forward session of the caller's log-in and adds its cookie: for a browser that was
/// logged in before there was a forward domain, or lost that cookie. Does nothing without a forward
/// domain. False: the call has failed.
/// Requires: the caller has a session of a log-in.
boost::asio::awaitable<bool> set_forward_cookie(Call& call);

/// Deletes both cookies.
void forget_session_cookies(Call& call);

}  // namespace roster::server
