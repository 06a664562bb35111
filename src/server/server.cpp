#include <roster/server.hpp>

#include "accounts/accounts.hpp"
#include "core/address.hpp"
#include "core/time.hpp"
#include "passwords/password_hasher.hpp"
#include "passwords/password_policy.hpp"
#include "server/classic/classic_connection.hpp"
#include "server/http/api.hpp"
#include "server/http/browser.hpp"
#include "server/http/http_connection.hpp"
#include "server/http/metrics_routes.hpp"
#include "server/http/repeated_requests.hpp"
#include "server/metrics/request_metrics.hpp"
#include "server/net/listener.hpp"
#include "server/net/socket_file.hpp"
#include "server/net/tls_certificate.hpp"
#include "server/pages/pages.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/system/system_error.hpp>
#include <roster/log.hpp>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include <sys/resource.h>

namespace roster {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using namespace server;

constexpr std::size_t kMaxConnections = 10'000;

// Instead of an address: no such listener.
constexpr const char* kOff = "off";
// Until the listener has a port.
constexpr const char* kUnknownUrl = "http://localhost";

// A certificate that ends within this time is mentioned.
constexpr auto kSoon = std::chrono::hours(24 * 14);

// File descriptors that are not for connections: the store, listeners, logs, connections that are
// being refused.
constexpr std::size_t kReservedDescriptors = 64;

// For what administrators ask for that takes long: backups, the audit log, imports.
constexpr std::size_t kBlockingThreads = 4;
constexpr std::size_t kBlockingJobs = 64;
constexpr std::size_t kWaitingImports = 8;

std::size_t default_connections() {
    rlimit files{};
    if (getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur == RLIM_INFINITY) {
        return kMaxConnections;
    }
    const auto allowed = static_cast<std::size_t>(files.rlim_cur);
    return std::min(kMaxConnections,
                    std::max(allowed, kReservedDescriptors + 1) - kReservedDescriptors);
}

std::size_t default_threads() {
    return std::clamp(std::thread::hardware_concurrency(), 1U, 4U);
}

tcp::endpoint resolve(const std::string& address) {
    const auto host_port = parse_host_port(address);
    if (!host_port) {
        throw StartupError(Errc::invalid_request,
                           "'" + address +
                               "' is not an address to listen on; write "
                               "HOST:PORT, as in 127.0.0.1:9999 or [::1]:0, or off");
    }
    asio::io_context context;
    boost::system::error_code ec;
    const auto found = tcp::resolver(context).resolve(
        host_port->host, std::to_string(host_port->port), tcp::resolver::passive, ec);
    if (ec || found.empty()) {
        throw StartupError(Errc::invalid_request,
                           "cannot find the host of '" + address + "': " + ec.message());
    }
    return found.begin()->endpoint();
}

std::string to_text(const tcp::endpoint& endpoint) {
    return to_string(HostPort{endpoint.address().to_string(), endpoint.port()});
}

accounts::AccountsOptions accounts_options(const ServerOptions& options) {
    accounts::AccountsOptions rules;
    rules.sessions.idle = options.session_idle;
    rules.sessions.lifetime = options.session_lifetime;
    rules.sessions.most_per_user = options.sessions_per_user;
    rules.rate_limits.enabled = options.rate_limiting;
    rules.policies =
        passwords::PasswordPolicies(options.min_password_length, options.password_blocklist);
    rules.audit = options.audit;
    rules.clock.uptime = system_uptime;
    rules.users_change_identity = options.users_change_identity;
    return rules;
}

std::unique_ptr<TlsCertificate> load_certificate(const ServerOptions& options) {
    if (options.tls_certificate.empty() != options.tls_key.empty())
        throw StartupError(Errc::invalid_request, "--tls-cert and --tls-key need each other");
    if (options.tls_certificate.empty()) return nullptr;
    return std::make_unique<TlsCertificate>(options.tls_certificate, options.tls_key);
}

// The patterns of the paths that requests are counted by.
std::vector<std::string_view> counted_routes() {
    auto patterns = route_patterns();
    for (const Route& page : make_pages().routes)
        patterns.push_back(page.path);
    return patterns;
}

// What a connection begins with. Asio 1.81 ends the program where memory runs out in the middle of
// co_spawn, so that a connection is refused before. Throws: `std::bad_alloc`.
void require_memory() {
    constexpr std::size_t kBytes = 16 * 1024;
    std::string().reserve(kBytes);
}

class RunningServer final : public Server {
  public:
    RunningServer(ServerOptions options, Store& store, std::shared_ptr<Log> log)
        : options_(std::move(options)),
          log_(std::move(log)),
          hasher_(0, options_.limits.waiting_hashes,
                  passwords::HashCost{options_.hash_memory_kib, options_.hash_passes}),
          accounts_(store, hasher_, accounts_options(options_), log_),
          table_(options_.limits.connections, options_.limits.connections_per_address),
          handlers_(accounts_, table_, blocking_,
                    {options_.classic_open_put, options_.sign_up_is_open}, log_),
          browser_(options_.public_url.empty() ? kUnknownUrl : options_.public_url,
                   options_.cors_origins, options_.forward_domain),
          proxies_(options_.trusted_proxies),
          certificate_(load_certificate(options_)),
          metrics_(counted_routes()),
          api_(api_context()),
          metrics_handler_(api_.context()),
          classic_{handlers_, table_, options_.limits, log_},
          http_{api_, table_, options_.limits, log_, options_.access_log, &metrics_},
          admin_http_(http_),
          metrics_http_{metrics_handler_, table_, options_.limits, log_} {
        http_.certificate = certificate_.get();
        if (!options_.trusted_proxies.empty()) http_.proxies = &proxies_;
        // Where nobody said what browsers call it, it may be tried on a machine whose other servers
        // have no TLS.
        http_.strict_transport = certificate_ && !options_.public_url.empty();
        if (certificate_) mention_end_of_certificate();
        for (std::size_t i = 0; i < options_.threads; ++i)
            threads_.push_back(std::make_unique<IoThread>());
        classic_endpoint_ = listen<ClassicConnection>("--classic", options_.classic, classic_);
        http_endpoint_ = listen<HttpConnection>("--http", options_.http, http_);
        if (options_.public_url.empty() && http_endpoint_ != kOff)
            browser_ = Browser((certificate_ ? "https://" : "http://") + http_endpoint_,
                               options_.cors_origins);
        admin_socket_endpoint_ = listen_on_admin_socket();
        const std::string metrics =
            listen<HttpConnection>("--metrics", options_.metrics, metrics_http_);
        if (metrics != kOff) log_->info("metrics at http://{}/metrics, for anybody", metrics);
        for (auto& thread : threads_)
            start(*thread);
    }

    ~RunningServer() override {
        stop();
        stop();
        wait();
    }

    std::string classic_endpoint() const override { return classic_endpoint_; }
    std::string http_endpoint() const override { return http_endpoint_; }
    std::string admin_socket_endpoint() const override { return admin_socket_endpoint_; }

    void stop() override {
        const std::lock_guard lock(stop_mutex_);
        ++stops_;
        stop_requested_.notify_all();
        if (stops_ == 1) {
            close_listeners();
            table_.close_all(CloseReason::stopping);
        } else {
            table_.close_all(CloseReason::aborted);
        }
    }

    void reload_certificate() override {
        if (!certificate_) return;
        try {
            certificate_->reload();
            log_->info("the certificate was read again");
            mention_end_of_certificate();
        } catch (const StartupError& e) {
            log_->error("the old certificate stays: {}", e.what());
        }
    }

    void ask_threads(std::function<void()> answered) override {
        // Destroyed with the last handler that has it.
        struct Count {
            std::function<void()> answered;
            std::atomic<std::size_t> missing;
        };
        auto count = std::make_shared<Count>();
        count->answered = std::move(answered);
        count->missing = threads_.size();
        for (auto& io : threads_)
            asio::post(io->context, [count] {
                if (--count->missing == 0) count->answered();
            });
    }

    void wait() override {
        {
            std::unique_lock lock(stop_mutex_);
            stop_requested_.wait(lock, [this] { return stops_ > 0; });
        }
        const auto grace = options_.limits.stop_grace;
        if (!table_.wait_until_empty(std::chrono::steady_clock::now() + grace))
            table_.close_all(CloseReason::aborted);
        const std::lock_guard lock(join_mutex_);
        for (auto& thread : threads_) {
            if (thread->thread.joinable()) thread->thread.join();
        }
    }

  private:
    Pages pages() {
        Pages pages = make_pages();
        pages.login_help = options_.login_help;
        if (!options_.setup_code.empty()) pages.setup = &setup_.emplace(options_.setup_code);
        pages.set_up = options_.set_up;
        return pages;
    }

    // An I/O thread and its listeners.
    struct IoThread {
        asio::io_context context{1};
        std::vector<std::unique_ptr<Listener>> listeners;
        std::thread thread;

        // Also if another one could not be started.
        ~IoThread() {
            context.stop();
            if (thread.joinable()) thread.join();
        }
    };

    ApiContext api_context() {
        ApiContext api{accounts_, table_, browser_, repeated_, blocking_, imports_};
        api.sign_up_is_open = options_.sign_up_is_open;
        api.pages = pages();
        api.settings = options_.settings;
        api.back_up = options_.back_up;
        api.read_audit = options_.read_audit;
        api.log = log_;
        api.metrics = &metrics_;
        api.certificate = certificate_.get();
        return api;
    }

    void mention_end_of_certificate() const {
        const auto now = std::chrono::system_clock::now();
        const auto end = certificate_->ends_at();
        if (end < now + kSoon)
            log_->warn("the certificate {} {} on {}", options_.tls_certificate,
                       end < now ? "ended" : "ends", to_rfc3339(end));
    }

    // Listens on every thread for connections of this type. Returns where.
    template <class Served, class Context>
    std::string listen(const std::string& option, const std::string& address,
                       const Context& context) {
        if (address == kOff) return address;
        tcp::endpoint endpoint = resolve(address);
        try {
            if (endpoint.port() != 0) require_free(endpoint);
            for (auto& io : threads_) {
                tcp::acceptor acceptor = listen_on(io->context, endpoint);
                endpoint = acceptor.local_endpoint();
                io->listeners.push_back(
                    make_listener<Served>(io->context, std::move(acceptor), context));
            }
        } catch (const boost::system::system_error& e) {
            throw StartupError(Errc::address_unavailable,
                               "cannot listen on " + to_text(endpoint) + ": " + e.code().message() +
                                   "; choose another address with " + option);
        }
        return to_text(endpoint);
    }

    // One thread serves it: a Unix socket cannot be shared by several acceptors.
    std::string listen_on_admin_socket() {
        const std::string& path = options_.admin_socket;
        if (path == kOff) return path;
        if (!SocketFile::fits(path)) {
            log_->warn(
                "there is no admin socket: {} is longer than the {} bytes of a socket's path; "
                "choose another with --admin-socket, or commands find no running server",
                path, SocketFile::kMaxPathBytes);
            return kOff;
        }
        asio::io_context& io = threads_.front()->context;
        asio::local::stream_protocol::acceptor acceptor(io);
        socket_file_.emplace(path, acceptor);
        threads_.front()->listeners.push_back(
            make_listener<HttpConnection>(io, std::move(acceptor), admin_http_));
        return path;
    }

    template <class Served, class Context>
    std::unique_ptr<Listener> make_listener(asio::io_context& io, Listener::Acceptor acceptor,
                                            const Context& context) {
        // Not by the first connection, which may come when descriptors are short.
        asio::use_service<SocketWatch>(io);
        Listener::Handlers handlers;
        handlers.exhausted = [this] { table_.evict_longest_idle(); };
        handlers.accepted = [&io, &context](Descriptor socket, const PeerAddress& peer) {
            require_memory();
            auto connection = std::make_shared<Served>(io, std::move(socket), peer, context);
            asio::co_spawn(io, Connection::serve(std::move(connection)), asio::detached);
        };
        return std::make_unique<Listener>(std::move(acceptor), std::move(handlers), log_);
    }

    static void start(IoThread& io) {
        for (auto& listener : io.listeners)
            asio::co_spawn(io.context, listener->run(), asio::detached);
        io.thread = std::thread([&io] { io.context.run(); });
    }

    void close_listeners() {
        socket_file_.reset();
        for (auto& io : threads_) {
            for (auto& listener : io->listeners)
                asio::post(io->context, [listener = listener.get()] { listener->close(); });
        }
    }

    ServerOptions options_;
    std::shared_ptr<Log> log_;
    passwords::PasswordHasher hasher_;
    accounts::Accounts accounts_;
    ConnectionTable table_;
    // After what its jobs use.
    BoundedPool blocking_{kBlockingThreads, {kBlockingJobs}};
    BoundedPool imports_{1, {kWaitingImports}};
    ClassicHandlers handlers_;
    Browser browser_;
    RepeatedRequests repeated_;
    const TrustedProxies proxies_;
    const std::unique_ptr<TlsCertificate> certificate_;
    RequestMetrics metrics_;
    std::optional<accounts::SetupCode> setup_;
    Api api_;
    MetricsHandler metrics_handler_;
    ClassicContext classic_;
    HttpContext http_;
    const HttpContext admin_http_;
    const HttpContext metrics_http_;
    std::string classic_endpoint_;
    std::string http_endpoint_;
    std::string admin_socket_endpoint_;
    std::optional<SocketFile> socket_file_;
    std::vector<std::unique_ptr<IoThread>> threads_;
    std::mutex stop_mutex_;
    std::condition_variable stop_requested_;
    int stops_ = 0;
    std::mutex join_mutex_;
};

}  // namespace

std::unique_ptr<Server> start_server(ServerOptions options, Store& store,
                                     std::shared_ptr<Log> log) {
    if (options.classic == kOff && options.http == kOff) {
        throw StartupError(Errc::invalid_request,
                           "all listeners are off; leave --http or --classic on");
    }
    if (!options.forward_domain.empty() && options.public_url.empty()) {
        throw StartupError(Errc::invalid_request,
                           "--forward-domain needs --public-url, a URL in that domain, as in "
                           "https://auth." +
                               options.forward_domain);
    }
    if (!options.tls_certificate.empty() && options.public_url.starts_with("http:")) {
        throw StartupError(Errc::invalid_request,
                           "--public-url begins with http:, and --tls-cert makes the listener "
                           "speak TLS: write https:");
    }
    if (options.threads == 0) options.threads = default_threads();
    if (options.limits.connections == 0) options.limits.connections = default_connections();
    return std::make_unique<RunningServer>(std::move(options), store, std::move(log));
}

}  // namespace roster
