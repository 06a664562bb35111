#pragma once

// A client that sends exactly the given bytes, and blocks until answers arrive.

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include <sys/socket.h>
#include <sys/time.h>

namespace roster::test {

struct RawAnswer {
    unsigned status = 0;
    std::map<std::string, std::string> headers;
    std::string body;
};

class RawClient {
  public:
    explicit RawClient(std::uint16_t port) : socket_(context_) {
        socket_.connect({boost::asio::ip::address_v4::loopback(), port});
        // A test that waits in vain fails, and does not hang.
        const timeval limit{20, 0};
        setsockopt(socket_.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    }

    void send(std::string_view bytes) { boost::asio::write(socket_, boost::asio::buffer(bytes)); }

    void finish_sending() { socket_.shutdown(boost::asio::ip::tcp::socket::shutdown_send); }

    /// Throws if the connection ends before a whole answer.
    RawAnswer read_answer(bool to_head = false) {
        RawAnswer answer;
        std::string line = read_line();
        answer.status = static_cast<unsigned>(std::stoul(line.substr(line.find(' ') + 1)));
        while (!(line = read_line()).empty()) {
            const auto colon = line.find(": ");
            answer.headers[line.substr(0, colon)] = line.substr(colon + 2);
        }
        if (to_head) return answer;
        if (answer.headers.contains("Transfer-Encoding"))
            answer.body = read_chunks();
        else if (answer.headers.contains("Content-Length"))
            answer.body = read_bytes(std::stoul(answer.headers.at("Content-Length")));
        else
            answer.body = read_to_the_end();
        return answer;
    }

    RawAnswer ask(std::string_view request, bool to_head = false) {
        send(request);
        return read_answer(to_head);
    }

    /// Whether the connection ends now, with nothing more to read.
    bool is_closed_by_peer() {
        boost::system::error_code ec;
        const bool more =
            !buffer_.empty() || socket_.read_some(boost::asio::buffer(chunk_), ec) > 0;
        return !more &&
               (ec == boost::asio::error::eof || ec == boost::asio::error::connection_reset);
    }

  private:
    std::string read_line() {
        const std::size_t size =
            boost::asio::read_until(socket_, boost::asio::dynamic_buffer(buffer_), "\r\n");
        std::string line = buffer_.substr(0, size - 2);
        buffer_.erase(0, size);
        return line;
    }

    std::string read_bytes(std::size_t count) {
        if (buffer_.size() < count) {
            boost::asio::read(socket_, boost::asio::dynamic_buffer(buffer_),
                              boost::asio::transfer_exactly(count - buffer_.size()));
        }
        std::string bytes = buffer_.substr(0, count);
        buffer_.erase(0, count);
        return bytes;
    }

    std::string read_chunks() {
        std::string body;
        for (;;) {
            const std::size_t size = std::stoul(read_line(), nullptr, 16);
            body += read_bytes(size);
            if (!read_line().empty()) throw std::runtime_error("a chunk is longer than it says");
            if (size == 0) return body;
        }
    }

    std::string read_to_the_end() {
        boost::system::error_code ec;
        boost::asio::read(socket_, boost::asio::dynamic_buffer(buffer_), ec);
        if (ec != boost::asio::error::eof) throw boost::system::system_error(ec);
        return std::exchange(buffer_, {});
    }

    boost::asio::io_context context_;
    boost::asio::ip::tcp::socket socket_;
    std::string buffer_;
    char chunk_[4096]{};
};

}  // namespace roster::test
