#include <roster/client.hpp>

#include "cli/client_repl/client_command.hpp"
#include "cli/client_repl/client_terminal.hpp"
#include "cli/commands/commands.hpp"
#include "cli/config/options.hpp"
#include "core/address.hpp"

#include <CLI/App.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <unistd.h>

#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>

namespace roster::cli {
namespace {

namespace asio = boost::asio;

constexpr const char* kDefaultServer = "127.0.0.1:9999";

struct ClientArguments {
    std::string server = kDefaultServer;
    bool raw = false;
};

asio::awaitable<void> keep_connected(std::string host, std::string port, ClientOptions options,
                                     std::optional<result<Client>>* kept) {
    result<Client> client =
        co_await Client::connect(std::move(host), std::move(port), std::move(options));
    kept->emplace(std::move(client));
}

void rethrow(std::exception_ptr bug) {
    if (bug) std::rethrow_exception(bug);
}

std::string why_not_connected(const std::string& server, const boost::system::error_code& error) {
    const std::string listener = server == kDefaultServer ? "" : " --classic " + server;
    return "cannot connect to " + server + ": " + error.message() +
           ". Is a server running? 'roster serve" + listener + "' starts one.";
}

// The commands that were sent, and their answers.
// Threads: the executor's. Lifetime: all it refers to outlives it; it outlives its coroutines.
class ClientSession {
  public:
    ClientSession(asio::any_io_executor executor, Client client, ClientScreen& screen,
                  ClientInput& input, bool is_interactive)
        : executor_(std::move(executor)),
          client_(std::move(client)),
          screen_(screen),
          input_(input),
          is_interactive_(is_interactive) {
        // A script learns of it with its next command: its earlier commands were answered.
        if (is_interactive_) asio::co_spawn(executor_, watch(), rethrow);
    }
    ClientSession(const ClientSession&) = delete;
    ClientSession& operator=(const ClientSession&) = delete;

    // `line` is the command's place in the input.
    void submit(std::size_t line, ClientCommand command) {
        ++outstanding_;
        asio::co_spawn(executor_, ask(line, std::move(command)), rethrow);
    }

    // Nothing more will be submitted: closes after the last answer.
    void end_input() {
        is_ending_ = true;
        close_when_done();
    }

    ExitCode exit_code() const noexcept { return exit_code_; }

  private:
    asio::awaitable<void> ask(std::size_t line, ClientCommand command) {
        Request request = to_request(command);
        const result<Response> answer = co_await client_.fetch(std::move(request));
        if (answer)
            show(command.verb, *answer);
        else if (answer.error() == Errc::connection_closed)
            lose_connection();
        else
            print_error(line, answer.error().message());
        --outstanding_;
        input_.answered();
        close_when_done();
    }

    asio::awaitable<void> watch() {
        const result<void> closed = co_await client_.wait_closed();
        if (closed && !(is_ending_ && outstanding_ == 0)) lose_connection();
    }

    void show(ClientCommand::Verb verb, const Response& answer) {
        screen_.say(describe(verb, answer));
        // The protocol has no others; a server that speaks plain HTTP may send one.
        const bool is_good = answer.status >= 200 && answer.status < 300;
        if (!is_good && !is_interactive_) exit_code_ = ExitCode::failed;
    }

    void print_error(std::size_t line, const std::string& text) {
        screen_.print_error(is_interactive_ ? text : "line " + std::to_string(line) + ": " + text);
        if (!is_interactive_) exit_code_ = ExitCode::failed;
    }

    void lose_connection() {
        if (std::exchange(is_lost_, true)) return;
        const std::string unknown = outstanding_ == 0
                                        ? ""
                                        : "; what was not answered may have been done or not (" +
                                              std::to_string(outstanding_) + " of the commands)";
        screen_.erase_prompt();
        screen_.print_error(make_error_code(Errc::connection_closed).message() + unknown);
        exit_code_ = ExitCode::failed;
        input_.stop();
    }

    void close_when_done() {
        if (is_ending_ && outstanding_ == 0) client_.close();
    }

    asio::any_io_executor executor_;
    Client client_;
    ClientScreen& screen_;
    ClientInput& input_;
    const bool is_interactive_;
    std::size_t outstanding_ = 0;
    bool is_ending_ = false;
    bool is_lost_ = false;
    ExitCode exit_code_ = ExitCode::ok;
};

// Reads the input on a thread of its own, and runs the session on this one, until both have ended.
ExitCode converse(asio::io_context& io, Client client, ClientScreen& screen, bool is_interactive) {
    ClientInput input(STDIN_FILENO, is_interactive, screen);
    ClientSession session(io.get_executor(), std::move(client), screen, input, is_interactive);

    std::thread reading([&, work = asio::make_work_guard(io)]() mutable {
        input.read([&](std::size_t line, ClientCommand command) {
            asio::post(io, [&session, line, asked = std::move(command)]() mutable {
                session.submit(line, std::move(asked));
            });
        });
        asio::post(io, [&session] { session.end_input(); });
        work.reset();
    });
    io.restart();
    io.run();
    reading.join();

    if (session.exit_code() != ExitCode::ok || is_interactive) return session.exit_code();
    return input.all_valid() ? ExitCode::ok : ExitCode::usage;
}

ExitCode run_client(const ClientArguments& arguments) {
    const auto server = parse_host_port(arguments.server);
    if (!server)
        throw UsageError("'" + arguments.server +
                         "' is not HOST:PORT, as in 127.0.0.1:9999 or "
                         "[::1]:9999");

    const bool is_interactive = ::isatty(STDIN_FILENO) != 0;
    const bool prompts = is_interactive && ::isatty(STDOUT_FILENO) != 0;
    ClientScreen screen(prompts);
    ClientOptions options;
    if (arguments.raw)
        options.trace = [&screen](bool sent, std::string_view bytes) {
            screen.say(raw_lines(sent, bytes));
        };

    asio::io_context io(1);
    std::optional<result<Client>> client;
    asio::co_spawn(io, keep_connected(server->host, std::to_string(server->port), options, &client),
                   rethrow);
    while (!client)
        io.run_one();
    if (!*client) {
        screen.print_error(why_not_connected(arguments.server, client->error()));
        return ExitCode::failed;
    }
    if (prompts) screen.say("connected to " + arguments.server + "; 'help' lists the commands\n");
    return converse(io, std::move(**client), screen, is_interactive);
}

}  // namespace

void add_client_command(CLI::App& program, Commands& commands) {
    auto [app, arguments] = add_command(program, commands, "client",
                                        "Talk to a server, command by command.", run_client);
    app.add_option("server", arguments.server, "Where the server's classic listener is")
        ->type_name("HOST:PORT")
        ->capture_default_str();
    app.add_flag("--raw", arguments.raw,
                 "Show the bytes of both directions as well, passwords included");
    add_config(app);
    app.footer(
        std::string("Commands:\n") + std::string(client_help()) +
        "\n"
        "Reads commands from a pipe or a file, too; a password has to be in its line "
        "then.\n"
        "At most 16 commands wait for an answer; answers come in their order.\n\n"
        "Exit code of a pipe: 0 all answers were good; 1 the server could not be reached\n"
        "or went away, or an answer was missing or none of 2xx; 2 all answers were good, but\n"
        "a line is not a command (it is named on standard error, the others are done).\n"
        "At a terminal only the connection counts.\n\n"
        "Examples:\n"
        "  roster client                           to 127.0.0.1:9999\n"
        "  roster client [::1]:9999 --raw          and show every byte\n"
        "  printf 'login a@a.com pw\\nget\\n' | roster client");
}

}  // namespace roster::cli
