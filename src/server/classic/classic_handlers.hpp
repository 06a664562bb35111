#pragma once

// Requests of the classic protocol -> accounts -> responses.
// Knows no socket: a connection passes decoded requests, one at a time.

#include <roster/user.hpp>

#include "accounts/accounts.hpp"
#include "protocol/classic/messages.hpp"
#include "server/net/connection_table.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <optional>
#include <utility>

namespace roster::server {

/// The login of a connection, and where its client is.
struct ClassicLogin {
    explicit ClassicLogin(accounts::ClientInfo from) : client(std::move(from)) {}

    std::optional<accounts::AuthenticatedLogin> proof;
    accounts::ClientInfo client;
};

/// Threads: any.
/// Lifetime: the accounts and the table outlive it.
class ClassicHandlers {
  public:
    using ClassicResponse = protocol::classic::ClassicResponse;

    ClassicHandlers(accounts::Accounts& accounts, const ConnectionTable& table, bool open_put);

    /// `login` is the state that the connection keeps from one request to the next.
    /// Lifetime: `login` outlives the awaitable.
    boost::asio::awaitable<ClassicResponse> answer(ClassicLogin& login,
                                                   protocol::classic::ClassicRequest request);

  private:
    using Principal = accounts::Principal;
    using RequestContext = accounts::RequestContext;

    boost::asio::awaitable<ClassicResponse> sign_up(RequestContext who,
                                                    protocol::classic::SignUp operation);
    boost::asio::awaitable<ClassicResponse> log_in(ClassicLogin& login,
                                                   protocol::classic::LogIn operation);
    boost::asio::awaitable<ClassicResponse> view(Principal who);
    boost::asio::awaitable<ClassicResponse> view_all(Principal who);
    boost::asio::awaitable<ClassicResponse> modify(ClassicLogin& login, Principal who,
                                                   protocol::classic::Modify operation);
    ClassicResponse failure(const boost::system::error_code& error) const;
    template <class T>
    ClassicResponse failure(const accounts::Attempt<T>& attempt) const;
    ClassicResponse status(Principal who) const;
    boost::asio::awaitable<result<Principal>> principal(ClassicLogin& login);

    accounts::Accounts& accounts_;
    const ConnectionTable& table_;
    const bool open_put_;
    const std::chrono::steady_clock::time_point started_at_ = std::chrono::steady_clock::now();
};

/// The response to a request that breaks a rule of the protocol.
protocol::classic::ClassicResponse error_response(const protocol::classic::ProtocolError& error);

}  // namespace roster::server
