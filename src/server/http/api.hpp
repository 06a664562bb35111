#pragma once

// The HTTP API: finds the route of a request, tells who asks, and runs its handler.
// Knows no socket; the routes know the resources. docs/API.md is the contract.

#include <roster/server.hpp>

#include "accounts/accounts.hpp"
#include "accounts/first_admin.hpp"
#include "core/bounded_pool.hpp"
#include "protocol/http/form_body.hpp"
#include "protocol/http/json_body.hpp"
#include "protocol/http/request.hpp"
#include "protocol/http/response.hpp"
#include "server/forward_auth/proxy_fault.hpp"
#include "server/http/request_handler.hpp"
#include "server/net/connection_table.hpp"

#include <boost/asio/awaitable.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace roster::server {

class Browser;
class RepeatedRequests;
class RequestMetrics;
class TlsCertificate;
struct Call;
struct Route;

/// HTML pages for browsers, beside the API. They are for a cookie alone: a header Authorization
/// does not count, and the admin socket has none.
struct Pages {
    std::span<const Route> routes;
    /// Makes a page of the problem that the response is.
    void (*show_problem)(Call& call) = nullptr;
    /// For the log-in page; may be empty.
    std::string login_help = {};
    /// Null: there is no code for the first administrator.
    accounts::SetupCode* setup = nullptr;
    /// Called when there is a first administrator; may wait for a disk.
    std::function<void()> set_up = {};
};

/// What every request of a server shares. Lifetime: outlives the API.
struct ApiContext {
    accounts::Accounts& accounts;
    const ConnectionTable& table;
    const Browser& browser;
    RepeatedRequests& repeated;
    /// Where what may take long, or wait for a disk, runs.
    BoundedPool& blocking;
    /// Of imports alone, which wait for hashes.
    BoundedPool& imports;
    bool sign_up_is_open = true;
    Pages pages = {};
    std::span<const ServerSetting> settings = {};
    /// As in `ServerOptions`.
    std::function<void(const std::string& file)> back_up = {};
    std::function<result<AuditPage>(const AuditQuery& query)> read_audit = {};
    std::shared_ptr<Log> log = log_or_silent(nullptr);
    std::chrono::steady_clock::time_point started = std::chrono::steady_clock::now();
    /// Of the backups through the API; the epoch: none.
    std::shared_ptr<std::atomic<std::chrono::sys_seconds>> last_backup =
        std::make_shared<std::atomic<std::chrono::sys_seconds>>();
    /// Null: requests are not counted.
    const RequestMetrics* metrics = nullptr;
    /// Null: there is no TLS.
    const TlsCertificate* certificate = nullptr;
    std::shared_ptr<FaultLog> faults = std::make_shared<FaultLog>();
};

/// A request under way.
struct Call {
    const ApiContext& api;
    const protocol::http::Request& request;
    protocol::http::Response& response;
    accounts::RequestContext who;
    /// The id in the path, if the route has one.
    std::string_view argument;
    /// If the route takes one; read, but not finished.
    protocol::http::JsonBody body;
    /// The same, if it takes a form.
    protocol::http::FormBody form = {};
    /// The session came in a cookie, which a browser sends whatever page asks.
    bool by_cookie = false;
    /// Who is logged in, if the store has all users at hand; otherwise the id is 0.
    User caller = {};

    void fail(protocol::http::Problem problem) { response.fail(std::move(problem)); }
};

/// `another`: a proxy asks about the request of somebody else, whose headers it passes on. The
/// handler finds out who that is, and no other header changes the status.
enum class Access : std::uint8_t { anyone, user, admin, another };
/// `lines`: NDJSON, which the handler reads; it may be long.
enum class BodyType : std::uint8_t { none, json, merge_patch, lines, form };

inline constexpr std::string_view kLinesType = "application/x-ndjson";
inline constexpr std::size_t kMaxLinesBytes = 32 * 1024 * 1024;

/// Lifetime: the call outlives the awaitable.
using RouteHandler = boost::asio::awaitable<void> (*)(Call& call);
/// Answers those who are no administrators without waiting, or returns false: then the handler
/// answers.
using RouteHandlerNow = bool (*)(Call& call);

struct Route {
    protocol::http::Method method;
    /// "/v1/users/{id}": a segment in brackets is the call's argument.
    std::string_view path;
    Access access;
    BodyType body;
    RouteHandler handler;
    std::string_view answer_type = protocol::http::kJsonType;
    /// Any method, and all paths that begin so: the argument is the first segment of the rest.
    bool takes_all_below = false;
    /// Of the query, with spaces between them; each may be there once.
    std::string_view parameters = {};
    /// Null: always by the handler.
    RouteHandlerNow handler_now = nullptr;
};

/// The handler itself refuses parameters that it does not know.
inline constexpr std::string_view kReadsParameters = "*";

extern const std::span<const Route> user_routes;
extern const std::span<const Route> user_list_routes;
extern const std::span<const Route> session_routes;
extern const std::span<const Route> status_routes;
extern const std::span<const Route> authorize_routes;
extern const std::span<const Route> token_routes;
extern const std::span<const Route> admin_routes;
extern const std::span<const Route> transfer_routes;
extern const std::span<const Route> metrics_routes;
/// All of the API.
std::span<const std::span<const Route>> route_tables() noexcept;

/// Threads: any. Lifetime: outlives every awaitable it has given out.
/// Cancellation: as of `Accounts`.
class Api final : public RequestHandler {
  public:
    explicit Api(const ApiContext& context) : context_(context) {}

    const ApiContext& context() const noexcept { return context_; }

    bool answer_now(const Request& request, const PeerAddress& peer, Response& response) override;
    boost::asio::awaitable<void> answer(const Request& request, const PeerAddress& peer,
                                        Response& response) override;

    bool is_about_another(const Request& request) const override;

    /// Those who may not call the route get no more than anybody.
    boost::asio::awaitable<std::size_t> body_limit(const Request& request, const PeerAddress& peer,
                                                   std::size_t usual) override;

  private:
    /// With which a caller proves who they are; a header Authorization wins over a cookie.
    struct ShownToken {
        bool may_be_header = true;
        std::optional<std::string_view> token = {};
        bool is_cookie = false;
    };

    bool find_token(Call& call, ShownToken& shown) const;
    static bool admit(Call& call, Access access, const ShownToken& shown,
                      const result<accounts::Principal>& principal);
    std::optional<bool> identify_now(Call& call, Access access, ShownToken& shown) const;
    boost::asio::awaitable<bool> identify(Call& call, Access access, ShownToken shown) const;
    boost::asio::awaitable<void> answer_page(Call& call, const Route& route) const;

    const ApiContext context_;
};

}  // namespace roster::server
