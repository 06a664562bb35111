#pragma once

// The classic protocol's requests -> the rules -> its answers.
// Knows no socket; a connection hands it decoded requests, one at a time.

#include <roster/user.hpp>

#include "accounts/accounts.hpp"
#include "protocol/classic/messages.hpp"
#include "server/server_state.hpp"

#include <boost/asio/awaitable.hpp>

#include <optional>
#include <utility>

namespace roster::server {

/// Who is logged in on a connection, and from where.
struct ClassicLogin {
    explicit ClassicLogin(accounts::ClientInfo from) : client(std::move(from)) {}

    std::optional<accounts::AuthenticatedLogin> proof;
    accounts::ClientInfo client;
};

/// Threads: any.
/// Lifetime: the accounts and the state outlive it.
class ClassicHandlers {
  public:
    using Response = protocol::classic::Response;

    ClassicHandlers(accounts::Accounts& accounts, const ServerState& state, bool open_put);

    /// `login` is what the connection remembers from one request to the next.
    /// Lifetime: `login` outlives the awaitable.
    boost::asio::awaitable<Response> answer(ClassicLogin& login,
                                            protocol::classic::Request request);

  private:
    using Principal = accounts::Principal;
    using RequestContext = accounts::RequestContext;

    boost::asio::awaitable<Response> sign_up(RequestContext who, protocol::classic::SignUp message);
    boost::asio::awaitable<Response> log_in(ClassicLogin& login, protocol::classic::LogIn message);
    boost::asio::awaitable<Response> view(Principal who);
    boost::asio::awaitable<Response> view_everybody(Principal who);
    boost::asio::awaitable<Response> modify(ClassicLogin& login, Principal who,
                                            protocol::classic::Modify message);
    Response failure(const boost::system::error_code& error) const;
    template <class T>
    Response failure(const accounts::Attempt<T>& attempt) const;
    Response status(Principal who) const;
    boost::asio::awaitable<result<Principal>> principal(ClassicLogin& login);

    accounts::Accounts& accounts_;
    const ServerState& state_;
    const bool open_put_;
};

/// The answer to a request that was refused before anybody was asked.
protocol::classic::Response refused(const protocol::classic::ProtocolError& refusal);

}  // namespace roster::server
