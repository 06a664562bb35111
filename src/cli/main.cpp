#include "cli/commands/commands.hpp"

#include <CLI/App.hpp>

int main(int argc, char** argv) {
    using namespace roster::cli;
    const auto program = make_program();
    return run_program(*program, add_commands(*program), argc, argv);
}
