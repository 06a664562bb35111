#pragma once

// Requests of the classic protocol -> accounts -> responses.
// Knows no socket: a connection passes decoded requests, one at a time.

#include <roster/user.hpp>

#include "accounts/accounts.hpp"
#include "protocol/classic/messages.hpp"
#include "server/net/connection_table.hpp"
#include "server/net/spooled_body.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace roster::server {

/// The login of a connection, where its client is, and what it has still to be sent.
struct ClassicLogin {
    explicit ClassicLogin(accounts::ClientInfo from) : client(std::move(from)) {}

    std::optional<accounts::AuthenticatedLogin> proof;
    accounts::ClientInfo client;
    /// What follows the body of the last response; its `rest_bytes` are this one's.
    std::unique_ptr<SpooledBody> rest;
};

struct ClassicRules {
    /// A PUT needs no log-in.
    bool open_put = false;
    bool sign_up_is_open = true;
};

/// Threads: any.
/// Lifetime: the accounts, the table and the threads outlive it.
class ClassicHandlers {
  public:
    using ClassicResponse = protocol::classic::ClassicResponse;

    /// `threads`: for what waits for a disk.
    ClassicHandlers(accounts::Accounts& accounts, const ConnectionTable& table,
                    BoundedPool& threads, ClassicRules rules, std::shared_ptr<Log> log = nullptr);

    /// The same as `answer`, without a coroutine. False: nothing was done but to the response;
    /// `answer` has to do it all.
    bool answer_now(const ClassicLogin& login, const protocol::classic::ClassicRequest& request,
                    ClassicResponse& response) const;

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
    /// `caller`: if their id is that of `who`, what is asked for.
    boost::asio::awaitable<ClassicResponse> view(ClassicLogin& login, Principal who, User caller);
    boost::asio::awaitable<ClassicResponse> view_all(ClassicLogin& login, Principal who);
    boost::asio::awaitable<result<void>> write_all(SpooledBody& spooled, Principal who,
                                                   std::string& body);
    boost::asio::awaitable<ClassicResponse> modify(ClassicLogin& login, Principal who,
                                                   protocol::classic::Modify operation);
    ClassicResponse failure(const boost::system::error_code& error) const;
    template <class T>
    ClassicResponse failure(const accounts::Attempt<T>& attempt) const;
    ClassicResponse status(Principal who) const;
    boost::asio::awaitable<result<Principal>> principal(ClassicLogin& login, User& caller);

    accounts::Accounts& accounts_;
    const ConnectionTable& table_;
    Spool spool_;
    const ClassicRules rules_;
    const std::chrono::steady_clock::time_point started_at_ = std::chrono::steady_clock::now();
};

/// The response to a request that breaks a rule of the protocol.
protocol::classic::ClassicResponse error_response(const protocol::classic::ProtocolError& error);

}  // namespace roster::server
