#include "cli/client_repl/client_screen.hpp"

#include <cstdio>

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

}  // namespace roster::cli
