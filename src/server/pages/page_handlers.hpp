#pragma once

// The handlers of the pages, which the table in pages.cpp names.

#include "server/http/api.hpp"

#include <boost/asio/awaitable.hpp>

namespace roster::server {

// session_pages.cpp
boost::asio::awaitable<void> show_log_in(Call& call);
boost::asio::awaitable<void> log_in(Call& call);
boost::asio::awaitable<void> show_logged_in(Call& call);
boost::asio::awaitable<void> show_log_out(Call& call);
boost::asio::awaitable<void> log_out(Call& call);
boost::asio::awaitable<void> show_forbidden(Call& call);

// account_pages.cpp
boost::asio::awaitable<void> show_account(Call& call);
boost::asio::awaitable<void> change_password(Call& call);
boost::asio::awaitable<void> end_sessions_by_form(Call& call);
boost::asio::awaitable<void> create_token_by_form(Call& call);

// password_pages.cpp
boost::asio::awaitable<void> show_password_link(Call& call);
boost::asio::awaitable<void> redeem_password_link_by_form(Call& call);
boost::asio::awaitable<void> show_setup(Call& call);
boost::asio::awaitable<void> set_up(Call& call);

// whoami_page.cpp
boost::asio::awaitable<void> show_who_asks(Call& call);

}  // namespace roster::server
