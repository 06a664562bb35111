#pragma once

// The commands that `roster client` has sent, and their answers.
// Knows no input.

#include <roster/client.hpp>

#include "cli/client_repl/client_command.hpp"
#include "cli/client_repl/client_screen.hpp"
#include "cli/io/exit_code.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

namespace roster::cli {

/// Threads: the executor's.
class ClientSession : public std::enable_shared_from_this<ClientSession> {
  public:
    struct Surroundings {
        /// A person types, and sees which answer was an error.
        bool is_interactive = false;
        /// A request is answered: another may be submitted.
        std::function<void()> on_answer;
        /// Nothing more can be asked.
        std::function<void()> on_gone;
    };

    ClientSession(boost::asio::any_io_executor executor, Client client, ClientScreen& screen,
                  Surroundings surroundings);

    /// Begins to watch the connection. Requires: a shared pointer holds this.
    void start();

    /// `line` is the command's place in the input.
    void submit(std::size_t line, ClientCommand command);

    /// Nothing more will be submitted: closes after the last answer.
    void end_input();

    ExitCode exit_code() const noexcept { return exit_code_; }

  private:
    static boost::asio::awaitable<void> ask(std::shared_ptr<ClientSession> self, std::size_t line,
                                            ClientCommand command);
    static boost::asio::awaitable<void> watch(std::shared_ptr<ClientSession> self);

    void show(ClientCommand::Verb verb, const Response& answer);
    void print_error(std::size_t line, const std::string& text);
    void lose_connection();
    void close_when_done();

    boost::asio::any_io_executor executor_;
    Client client_;
    ClientScreen& screen_;
    Surroundings surroundings_;
    std::size_t outstanding_ = 0;
    bool is_ending_ = false;
    bool is_lost_ = false;
    ExitCode exit_code_ = ExitCode::ok;
};

}  // namespace roster::cli
