// What a user of the library writes first: connect, ask, and say what went wrong.

#include <roster/client.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <exception>
#include <iostream>
#include <string>

namespace {

boost::asio::awaitable<int> show_status(std::string host, std::string port) {
    roster::ClientOptions options;
    roster::result<roster::Client> client = co_await roster::Client::connect(host, port, options);
    if (!client) {
        std::cerr << "cannot connect: " << client.error().message() << "\n";
        co_return 1;
    }
    const roster::result<roster::ServerStatus> status = co_await client->status();
    if (!status) {
        std::cerr << "no status: " << status.error().message() << "\n";
        co_return 1;
    }
    std::cout << status->status << " for " << status->uptime.count() << " s\n";
    co_return 0;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) {
        std::cerr << "usage: consumer HOST PORT\n";
        return 2;
    }
    boost::asio::io_context io;
    int exit_code = 1;
    boost::asio::co_spawn(io, show_status(argv[1], argv[2]),
                          [&](std::exception_ptr thrown, int code) {
                              if (thrown) std::rethrow_exception(thrown);
                              exit_code = code;
                          });
    io.run();
    return exit_code;
}
