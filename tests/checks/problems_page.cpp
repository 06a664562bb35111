// Checks that the page of the problems of the HTTP API has a row for each of them, with its status
// and in their order, and no other row.
//
// usage: problems_page docs/problems.md

#include "protocol/http/problem.hpp"

#include <fstream>
#include <iostream>
#include <string>

namespace http = roster::protocol::http;

namespace {

// The next line that begins a row of the table with a status.
std::string next_row(std::istream& page) {
    std::string line;
    while (std::getline(page, line))
        if (line.starts_with("| ") && line[2] >= '0' && line[2] <= '9') return line;
    return {};
}

}  // namespace

int main(int argc, char** argv) {
    std::ifstream page(argc > 1 ? argv[1] : "");
    for (const http::ProblemKind& kind : http::problem_kinds()) {
        const std::string begin =
            "| " + std::to_string(kind.status) + " | `" + std::string(kind.code) + "` | ";
        if (next_row(page).starts_with(begin)) continue;
        std::cerr << "docs/problems.md: here belongs the row '" << begin << "'\n";
        return 1;
    }
    const std::string rest = next_row(page);
    if (rest.empty()) return 0;
    std::cerr << "docs/problems.md: there is no such problem: " << rest << '\n';
    return 1;
}
