#include <roster/audit.hpp>
#include <roster/log.hpp>
#include <roster/server.hpp>

#include "accounts/first_admin.hpp"
#include "audit/audit_reader.hpp"
#include "cli/admin/admin_api.hpp"
#include "cli/admin/edit_events.hpp"
#include "cli/commands/commands.hpp"
#include "cli/commands/first_administrator.hpp"
#include "cli/commands/stop_signals.hpp"
#include "cli/config/command_settings.hpp"
#include "cli/config/settings.hpp"
#include "cli/io/process_limits.hpp"
#include "cli/io/process_memory.hpp"
#include "cli/io/service_manager.hpp"
#include "cli/io/standard_error.hpp"
#include "core/address.hpp"
#include "core/files/file_system.hpp"
#include "passwords/password_hasher.hpp"
#include "storage/drivers.hpp"
#include "storage/transfer/store_transfer.hpp"

#include <CLI/App.hpp>
#include <boost/asio/ip/address.hpp>

#include <unistd.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <iostream>
#include <optional>
#include <thread>
#include <utility>

namespace roster::cli {
namespace {

// A name, or nothing, is the address 127.0.0.1 here.
boost::asio::ip::address address_of(const std::string& endpoint) {
    const auto host_port = parse_host_port(endpoint);
    boost::system::error_code not_an_address;
    auto address = boost::asio::ip::make_address(host_port ? host_port->host : "", not_an_address);
    if (not_an_address) return boost::asio::ip::address_v4::loopback();
    return address;
}

// Forms are taken from the public URL alone; a browser is at none of these.
bool has_no_url(const std::string& endpoint, const ServerOptions& options) {
    return options.public_url.empty() && endpoint != "off" && address_of(endpoint).is_unspecified();
}

// Without an administrator: a code with which the page /setup makes one.
void offer_setup(ServerOptions& options, const Store& store, SetupFile& file, Log& log) {
    const StoreStatus status = store.status();
    if (status.admins != 0 || !status.writable || options.http == "off") return;
    if (has_no_url(options.http, options)) return;
    options.setup_code = accounts::new_setup_code();
    options.set_up = [&file] { file.remove(); };
    file.write(options.setup_code, log);
}

// An administrator cannot sign up over the network: the operator has to be told how.
void warn_without_admin(const Server& server, const ServerOptions& options, const Store& store,
                        Log& log) {
    const StoreStatus status = store.status();
    if (status.admins != 0 || !status.writable) return;
    const std::string scheme = options.tls_certificate.empty() ? "http://" : "https://";
    const std::string base =
        options.public_url.empty() ? scheme + server.http_endpoint() : options.public_url;
    const std::string by_page = options.setup_code.empty()
                                    ? ""
                                    : "open " + base + "/setup and enter the code " +
                                          std::string(options.setup_code.reveal()) + ", or ";
    const std::string by_command =
        storage::store_files(store.url()).main.empty() && !store.is_shared()
            ? ""
            : "make one with 'roster user add --role admin --store " + store.url() + " EMAIL', or ";
    log.warn(
        "this store has no administrator; {}{}start with --admin-email and "
        "--admin-password-file",
        by_page, by_command);
}

// What a person may not be aware of.
void warn_of_exposure(const Server& server, const ServerOptions& options, Log& log) {
    const std::string http = options.tls_certificate.empty() ? server.http_endpoint() : "off";
    for (const std::string& endpoint : {http, server.classic_endpoint()})
        if (endpoint != "off" && !address_of(endpoint).is_loopback())
            log.warn(
                "{} can be reached from other machines, without TLS: passwords can be read on the "
                "way; give --tls-cert and --tls-key (for http), or let a proxy with TLS in front "
                "reach it on loopback, or in a network of its own",
                endpoint);
    if (has_no_url(server.http_endpoint(), options))
        log.warn(
            "nobody can log in with a browser: {} is no address for one; give --public-url with "
            "what browsers call this server, as in http://192.0.2.1:8080",
            server.http_endpoint());
    if (!options.forward_domain.empty() && options.sign_up_is_open)
        log.warn(
            "anybody may sign up, and is then let into every application behind --forward-domain "
            "whose proxy asks for no group; give --sign-up closed, or a group to each application");
    if (!options.forward_domain.empty() && options.users_change_identity)
        log.warn(
            "users may take any free username and e-mail, and applications behind --forward-domain "
            "know them by these; give --identity-changes admins, or let them go by "
            "Roster-User-Id");
    constexpr std::uint32_t kReadableByOthers = 04;
    const auto key = make_posix_file_system()->info(options.tls_key);
    if (!options.tls_key.empty() && key && (key->mode & kReadableByOthers) != 0)
        log.warn("{}: other users of this machine may read the key; chmod 600 it", options.tls_key);
    if (::geteuid() == 0)
        log.warn("roster runs as root, and needs no rights of root: use a user of its own");
}

// A store in a database has no directory in which they could be by default.
void warn_of_missing_files(const ServeOptions& options, const Store& store, Log& log) {
    if (!store.is_shared()) return;
    if (options.audit.where.empty())
        log.warn("{} has no directory: no audit log is written; give --audit FILE", store.url());
    if (options.admin_socket.empty())
        log.info("{} has no directory: there is no admin socket; give --admin-socket PATH for one",
                 store.url());
}

// Audits the start and the stop of a server, also of one that fails to start.
class AuditedService {
  public:
    AuditedService(std::shared_ptr<AuditLog> audit, std::string store)
        : audit_(std::move(audit)), store_(std::move(store)) {
        note("server_start");
    }
    AuditedService(const AuditedService&) = delete;
    AuditedService& operator=(const AuditedService&) = delete;
    ~AuditedService() { note("server_stop"); }

  private:
    void note(const char* action) {
        AuditEvent event;
        event.actor = "operator";
        event.action = action;
        event.target = "store " + store_;
        event.outcome = "ok";
        audit_->record(std::move(event));
    }

    std::shared_ptr<AuditLog> audit_;
    std::string store_;
};

// Of a store in memory there is no backup.
std::function<void(const std::string&)> backup_of(const std::string& url, passwords::HashCost cost,
                                                  const std::shared_ptr<Log>& log) {
    if (storage::parse_store_url(url).driver->read_shared == nullptr) return {};
    return [=](const std::string& file) {
        storage::TransferOptions options;
        options.open.log = log;
        options.open.hash_password = hash_with(cost);
        storage::back_up_store(url, file, options);
    };
}

// Of a log that is no file nothing can be read.
std::function<result<AuditPage>(const AuditQuery&)> reader_of(const std::string& audit) {
    if (audit == "-" || audit == "off") return {};
    return [audit](const AuditQuery& query) { return audit::read_audit_log(audit, query); };
}

// A command, or a server that is stopping, may hold the lock for a moment yet.
template <class Open>
auto open_when_unlocked(Open open) {
    constexpr auto kPatience = std::chrono::milliseconds(800);
    constexpr auto kPause = std::chrono::milliseconds(20);
    const auto give_up_at = std::chrono::steady_clock::now() + kPatience;
    for (;;) {
        try {
            return open();
        } catch (const StartupError& error) {
            if (error.code() != Errc::store_locked || std::chrono::steady_clock::now() > give_up_at)
                throw;
        }
        std::this_thread::sleep_for(kPause);
    }
}

// Of a server and of its store, at most.
std::size_t most_threads(const ServerOptions& options) {
    constexpr std::size_t kOthers = 16;
    constexpr std::size_t kMostIoThreads = 4;
    const std::size_t io = options.threads == 0 ? kMostIoThreads : options.threads;
    return kOthers + io + std::thread::hardware_concurrency();
}

ExitCode serve_until_stopped(const ServeOptions& options) {
    const ServiceManager manager(process_environment);
    // Destroyed last: a signal must not interrupt the closing of the store.
    std::optional<StopSignals> signals;
    check_admin_options(options);
    ServerOptions server_options = options.server;
    const passwords::HashCost cost = hash_cost(options.passwords);
    server_options.hash_memory_kib = cost.memory_kib;
    server_options.hash_passes = cost.passes;
    server_options.min_password_length = options.passwords.min_password_length;
    server_options.password_blocklist = options.passwords.password_blocklist;
    raise_open_file_limit();
    survive_hangups();

    const auto log = make_log(options.log_level);
    require_threads(most_threads(options.server));
    signals.emplace(log, manager);
    manager.tell("STATUS=Opening the store");
    // What a person writes into the file just before a stop is hashed all the same.
    std::atomic<bool> is_open = false;
    const auto is_stopping = [&] { return !is_open && signals->is_stopping(); };
    const auto edits = std::make_shared<EditEvents>();
    const auto store = open_when_unlocked(
        [&] { return open_hashing_store(options.store, cost, log, edits, is_stopping); });
    if (is_stopping()) return ExitCode::ok;
    is_open = true;
    const std::shared_ptr<AuditLog> audit =
        open_when_unlocked([&] { return open_audit(options.audit, options.store, log); });
    const AuditedService service(audit, store->url());
    edits->write_to(audit);
    const FirstAdministrator first_administrator(options, *store, audit, log);
    server_options.audit = audit;
    server_options.admin_socket = admin_socket_path(options.admin_socket, options.store);
    server_options.read_audit = reader_of(audit_path(options.audit, options.store));
    server_options.back_up = backup_of(options.store, cost, log);
    SetupFile setup_file(store->url());
    offer_setup(server_options, *store, setup_file, *log);
    // Again: what the store took is left to the server no more.
    require_threads(most_threads(options.server));
    const auto server = start_server(server_options, *store, log);
    warn_without_admin(*server, server_options, *store, *log);
    signals->forward_to(*server, *audit);

    warn_of_missing_files(options, *store, *log);
    warn_of_exposure(*server, options.server, *log);
    forget_mapped_code();
    std::cout << "ready http=" << server->http_endpoint()
              << " classic=" << server->classic_endpoint()
              << " socket=" << server->admin_socket_endpoint() << " store=" << store->url()
              << std::endl;
    manager.tell("READY=1\nSTATUS=Serving " + store->url());
    server->wait();
    signals->forget();
    log->info("stopped");
    return ExitCode::ok;
}

ExitCode serve(const ServeOptions& options) {
    try {
        return serve_until_stopped(options);
    } catch (const StartupError& error) {
        if (error.code() == Errc::cancelled) return ExitCode::ok;
        throw;
    }
}

}  // namespace

void add_serve_command(CLI::App& program, Commands& commands) {
    auto [app, options] =
        add_command(program, commands, "serve", "Serve accounts until SIGTERM or SIGINT", serve);
    declare_serve_options(app, options);
    commands.back().settings = &options.server.settings;
    app.footer(
        "When it is ready, one line on standard output says where and what it serves:\n"
        "  ready http=127.0.0.1:8080 classic=127.0.0.1:9999 socket=/srv/users.json.sock "
        "store=json:/srv/users.json\n\n"
        "Examples:\n"
        "  roster serve\n"
        "  roster serve --classic 0.0.0.0:9999 --store json:/srv/roster/users.json\n"
        "  ROSTER_ADMIN_EMAIL=a@a.com ROSTER_ADMIN_PASSWORD_FILE=/run/secrets/admin \\\n"
        "      roster serve --config /etc/roster.toml");
}

}  // namespace roster::cli
