#pragma once

// Who asks, and from where. Knows no socket and no protocol.

#include <roster/session.hpp>
#include <roster/user.hpp>

#include "core/channel.hpp"

#include <boost/asio/ip/address.hpp>

#include <optional>
#include <string>
#include <utility>

namespace roster::accounts {

/// Who asks.
class Principal {
  public:
    /// Not logged in.
    static Principal anonymous() { return {Kind::anonymous, 0, Role::user, 0, std::nullopt}; }
    /// The person at the machine itself; may do what an administrator may.
    static Principal local_operator() {
        return {Kind::local_operator, 0, Role::admin, 0, std::nullopt};
    }
    /// `session` 0: logged in without one, on a connection. `credentials`: those that were
    /// verified, if they are known.
    static Principal user(UserId id, Role role, SessionId session = 0,
                          std::optional<Revision> credentials = std::nullopt) {
        return {Kind::user, id, role, session, credentials};
    }

    bool is_anonymous() const noexcept { return kind_ == Kind::anonymous; }
    bool is_operator() const noexcept { return kind_ == Kind::local_operator; }
    bool is_admin() const noexcept { return !is_anonymous() && role_ == Role::admin; }
    bool is_user(UserId id) const noexcept { return kind_ == Kind::user && id_ == id; }
    /// 0 if it is no user.
    UserId id() const noexcept { return id_; }
    /// 0: no session.
    SessionId session() const noexcept { return session_; }
    std::optional<Revision> credentials() const noexcept { return credentials_; }

  private:
    enum class Kind { anonymous, local_operator, user };

    Principal(Kind kind, UserId id, Role role, SessionId session,
              std::optional<Revision> credentials)
        : kind_(kind), id_(id), role_(role), session_(session), credentials_(credentials) {}

    Kind kind_;
    UserId id_;
    Role role_;
    SessionId session_;
    std::optional<Revision> credentials_;
};

/// Where a request comes from.
class ClientInfo {
  public:
    /// The machine itself.
    ClientInfo() = default;
    ClientInfo(Channel through, const boost::asio::ip::address& from)
        : channel(through), address(unmapped(from)) {}

    Channel channel = Channel::local;
    /// nullopt for the machine itself, which is never limited.
    std::optional<boost::asio::ip::address> address;
    std::string user_agent;
    /// For the audit log; may be empty.
    std::string request_id;

  private:
    // A listener for both families sees IPv4 as IPv6; one client must not have two addresses.
    static boost::asio::ip::address unmapped(const boost::asio::ip::address& from) {
        namespace ip = boost::asio::ip;
        if (!from.is_v6() || !from.to_v6().is_v4_mapped()) return from;
        return ip::make_address_v4(ip::v4_mapped, from.to_v6());
    }
};

class RequestContext {
  public:
    explicit RequestContext(Principal who, ClientInfo from = {})
        : principal(who), client(std::move(from)) {}

    Principal principal;
    ClientInfo client;
};

/// A connection's log-in: holds as long as its user's credentials stay what they were.
class AuthenticatedLogin {
  public:
    explicit AuthenticatedLogin(const User& user)
        : id(user.id), credentials_revision(user.credentials_revision) {}

    UserId id;
    Revision credentials_revision;
};

}  // namespace roster::accounts
