#include "cli/client_repl/client_terminal.hpp"

#include "cli/io/terminal.hpp"

#include <cstdio>
#include <variant>

namespace roster::cli {
namespace {

constexpr std::string_view kPrompt = "roster> ";
// Back to the beginning of the line, and erase it (ECMA-48 EL).
constexpr std::string_view kErasePrompt = "\r\x1b[K";

void write(std::FILE* file, std::string_view text) {
    std::fwrite(text.data(), 1, text.size(), file);
    std::fflush(file);
}

}  // namespace

void ClientScreen::say(std::string_view text) {
    print(Stream::output, std::string(text));
}

void ClientScreen::print_error(std::string_view text) {
    print(Stream::error, "roster: " + std::string(text) + "\n");
}

void ClientScreen::show_prompt() {
    const std::lock_guard lock(mutex_);
    if (!prompts_) return;
    write(stdout, kPrompt);
    is_prompt_shown_ = true;
}

void ClientScreen::leave_prompt(bool ended_by_enter) {
    const std::lock_guard lock(mutex_);
    if (is_prompt_shown_ && !ended_by_enter) write(stdout, "\n");
    is_prompt_shown_ = false;
}

void ClientScreen::erase_prompt() {
    const std::lock_guard lock(mutex_);
    if (is_prompt_shown_) write(stdout, kErasePrompt);
    is_prompt_shown_ = false;
}

void ClientScreen::hold() {
    const std::lock_guard lock(mutex_);
    is_held_ = true;
}

void ClientScreen::release() {
    const std::lock_guard lock(mutex_);
    is_held_ = false;
    for (const auto& [stream, text] : held_)
        write_above_prompt(stream, text);
    held_.clear();
}

void ClientScreen::print(Stream stream, std::string text) {
    const std::lock_guard lock(mutex_);
    if (is_held_)
        held_.emplace_back(stream, std::move(text));
    else
        write_above_prompt(stream, text);
}

void ClientScreen::write_above_prompt(Stream stream, std::string_view text) {
    if (is_prompt_shown_) write(stdout, kErasePrompt);
    write(stream == Stream::output ? stdout : stderr, text);
    if (is_prompt_shown_) write(stdout, kPrompt);
}

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
