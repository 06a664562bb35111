// Prints the documentation of the problems of the HTTP API; with the name of a file only says
// whether that is current.

#include "protocol/http/problem.hpp"

#include <fstream>
#include <iostream>
#include <iterator>
#include <string>

int main(int argc, char** argv) {
    const std::string page = roster::protocol::http::problems_page();
    if (argc < 2) {
        std::cout << page;
        return 0;
    }
    std::ifstream file(argv[1], std::ios::binary);
    const std::string there{std::istreambuf_iterator<char>(file), {}};
    if (there == page) return 0;
    std::cerr << argv[1] << " is not current; write it with: problems_page > " << argv[1] << '\n';
    return 1;
}
