#include "cli/client_repl/client_session.hpp"

#include "cli/client_repl/client_answer.hpp"

#include <boost/asio/co_spawn.hpp>

#include <exception>
#include <utility>

namespace roster::cli {
namespace {

namespace asio = boost::asio;

void rethrow(std::exception_ptr bug) {
    if (bug) std::rethrow_exception(bug);
}

}  // namespace

ClientSession::ClientSession(asio::any_io_executor executor, Client client, ClientScreen& screen,
                             Surroundings surroundings)
    : executor_(std::move(executor)),
      client_(std::move(client)),
      screen_(screen),
      surroundings_(std::move(surroundings)) {}

void ClientSession::start() {
    // A script learns of it with its next command: its earlier commands were answered.
    if (surroundings_.is_interactive) asio::co_spawn(executor_, watch(shared_from_this()), rethrow);
}

void ClientSession::submit(std::size_t line, ClientCommand command) {
    ++outstanding_;
    asio::co_spawn(executor_, ask(shared_from_this(), line, std::move(command)), rethrow);
}

void ClientSession::end_input() {
    is_ending_ = true;
    close_when_done();
}

asio::awaitable<void> ClientSession::ask(std::shared_ptr<ClientSession> self, std::size_t line,
                                         ClientCommand command) {
    Request request = to_request(command);
    const result<Response> answer = co_await self->client_.fetch(std::move(request));
    if (answer)
        self->show(command.verb, *answer);
    else if (answer.error() == Errc::connection_closed)
        self->lose_connection();
    else
        self->print_error(line, answer.error().message());
    --self->outstanding_;
    self->surroundings_.on_answer();
    self->close_when_done();
}

asio::awaitable<void> ClientSession::watch(std::shared_ptr<ClientSession> self) {
    const result<void> closed = co_await self->client_.wait_closed();
    if (closed && !(self->is_ending_ && self->outstanding_ == 0)) self->lose_connection();
}

void ClientSession::show(ClientCommand::Verb verb, const Response& answer) {
    screen_.say(describe(verb, answer));
    if (answer.status >= 400 && !surroundings_.is_interactive) exit_code_ = ExitCode::failed;
}

void ClientSession::print_error(std::size_t line, const std::string& text) {
    screen_.print_error(
        surroundings_.is_interactive ? text : "line " + std::to_string(line) + ": " + text);
    if (!surroundings_.is_interactive) exit_code_ = ExitCode::failed;
}

void ClientSession::lose_connection() {
    if (std::exchange(is_lost_, true)) return;
    const std::string unknown = outstanding_ == 0
                                    ? ""
                                    : "; what was not answered may have been done or not (" +
                                          std::to_string(outstanding_) + " of the commands)";
    screen_.erase_prompt();
    screen_.print_error(make_error_code(Errc::connection_closed).message() + unknown);
    exit_code_ = ExitCode::failed;
    surroundings_.on_gone();
}

void ClientSession::close_when_done() {
    if (is_ending_ && outstanding_ == 0) client_.close();
}

}  // namespace roster::cli
