#pragma once

// Who asks, and from where; and what comes of an attempt that may be limited in rate.
// Knows no socket and no protocol.

#include <roster/error.hpp>
#include <roster/session.hpp>
#include <roster/user.hpp>

#include "core/channel.hpp"

#include <boost/asio/ip/address.hpp>

#include <algorithm>
#include <chrono>
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
    ClientInfo(Channel through, const std::optional<boost::asio::ip::address>& from)
        : channel(through) {
        if (from) address = unmapped(*from);
    }

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
    /// Set: the time that hashing takes is added. Lifetime: outlives the request.
    std::chrono::nanoseconds* hash_time = nullptr;
};

/// Adds the time until `stop` to a sum, if there is one.
class AddedTime {
  public:
    explicit AddedTime(std::chrono::nanoseconds* sum) : sum_(sum) {
        if (sum_ != nullptr) begun_ = std::chrono::steady_clock::now();
    }
    void stop() {
        if (sum_ != nullptr) *sum_ += std::chrono::steady_clock::now() - begun_;
    }

  private:
    std::chrono::nanoseconds* const sum_;
    std::chrono::steady_clock::time_point begun_;
};

/// A connection's log-in: holds as long as its user's credentials stay what they were.
class AuthenticatedLogin {
  public:
    explicit AuthenticatedLogin(const User& user)
        : id(user.id), credentials_revision(user.credentials_revision) {}

    UserId id;
    Revision credentials_revision;
};

/// As `result<T>`; if the error is `too_many_attempts`, also when to try again.
template <class T>
class Attempt {
  public:
    /// Not made yet: Asio needs a place for an answer that is still to come.
    Attempt() : result_(Errc::internal) {}
    Attempt(Errc error) : result_(error) {}
    Attempt(boost::system::error_code error) : result_(error) {}
    Attempt(result<T> answer) : result_(std::move(answer)) {}
    /// Another attempt that failed. Requires: it did.
    template <class Other>
    static Attempt failed_like(const Attempt<Other>& other) {
        Attempt attempt = other.error();
        attempt.retry_after_ = other.retry_after();
        return attempt;
    }
    /// `wait` is rounded up to whole seconds, and at least one.
    static Attempt too_many(std::chrono::nanoseconds wait) {
        Attempt attempt = Errc::too_many_attempts;
        attempt.retry_after_ =
            std::max(std::chrono::ceil<std::chrono::seconds>(wait), std::chrono::seconds(1));
        return attempt;
    }

    explicit operator bool() const noexcept { return result_.has_value(); }
    boost::system::error_code error() const noexcept { return result_.error(); }
    std::chrono::seconds retry_after() const noexcept { return retry_after_; }

    result<T>& answer() noexcept { return result_; }
    const result<T>& answer() const noexcept { return result_; }
    decltype(auto) operator*() { return *result_; }
    decltype(auto) operator*() const { return *result_; }
    auto operator->() noexcept { return result_.operator->(); }
    auto operator->() const noexcept { return result_.operator->(); }

  private:
    result<T> result_;
    std::chrono::seconds retry_after_{};
};

}  // namespace roster::accounts
