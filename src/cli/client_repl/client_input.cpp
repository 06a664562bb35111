#include "cli/client_repl/client_input.hpp"

#include "cli/io/terminal.hpp"

#include <string>
#include <utility>
#include <variant>

namespace roster::cli {

void ClientInput::read(const Submit& submit) {
    for (std::size_t number = 1; !is_stopped_; ++number) {
        screen_.show_prompt();
        const auto line = reader_.next();
        screen_.leave_prompt(line.has_value());
        if (!line || take(number, *line, submit) == Next::leave) return;
    }
}

void ClientInput::stop() {
    is_stopped_ = true;
    reader_.stop();
    places_.release();
}

ClientInput::Next ClientInput::take(std::size_t number, const LineReader::Line& line,
                                    const Submit& submit) {
    if (line.is_too_long) {
        refuse(number, "the line is too long");
        return Next::go_on;
    }
    auto parsed = parse_client_line(line.text.reveal());
    if (const auto* invalid = std::get_if<InvalidLine>(&parsed)) refuse(number, invalid->text);
    if (auto* command = std::get_if<ClientCommand>(&parsed))
        return run(number, std::move(*command), submit);
    return Next::go_on;
}

ClientInput::Next ClientInput::run(std::size_t number, ClientCommand command,
                                   const Submit& submit) {
    if (command.verb == ClientCommand::Verb::quit) return Next::leave;
    if (command.verb == ClientCommand::Verb::help) {
        screen_.say(client_help());
        return Next::go_on;
    }
    if (lacks_password(command) && !ask_password(number, command)) return Next::go_on;
    places_.acquire();
    if (is_stopped_) return Next::leave;
    submit(number, std::move(command));
    return Next::go_on;
}

bool ClientInput::ask_password(std::size_t number, ClientCommand& command) {
    if (!is_interactive_) {
        refuse(number, "the password is missing, and there is no terminal to ask on");
        return false;
    }
    screen_.hold();
    auto password = ask_secret("password: ");
    screen_.release();
    if (!password) {
        screen_.print_error("no password: " + password.error().message());
        return false;
    }
    command.password = std::move(*password);
    return true;
}

void ClientInput::refuse(std::size_t number, const std::string& why) {
    screen_.print_error(is_interactive_ ? why : "line " + std::to_string(number) + ": " + why);
    all_valid_ = false;
}

}  // namespace roster::cli
