#include "protocol/http/encoder.hpp"

#include <roster/secret.hpp>

#include "protocol/syntax.hpp"

#include <array>
#include <charconv>

namespace roster::protocol::http {

using std::string_view_literals::operator""sv;

namespace {

constexpr std::string_view kLength = "Content-Length: ";

// RFC 9110 §8.6 and §15: these never have a body, and say no length of one.
bool has_no_body(unsigned status) noexcept {
    return status < 200 || status == 204 || status == 304;
}

void append_status_line(unsigned status, std::string& out) {
    if (status == 200) {
        out += "HTTP/1.1 200 OK\r\n"sv;
        return;
    }
    out += "HTTP/1.1 "sv;
    append_decimal(status, out);
    out += ' ';
    out += reason_phrase(status);
    out += "\r\n"sv;
}

}  // namespace

void Response::clear() noexcept {
    status = 200;
    content_type = kJsonType;
    policy = kApiPolicy;
    route = {};
    wipe(body.data(), body.size());
    body.clear();
    rest.reset();
    problem.reset();
    close = false;
    wipe(header_lines_.data(), header_lines_.size());
    header_lines_.clear();
}

std::size_t Encoder::encode(Response& response, const ResponseContext& context,
                            std::chrono::sys_seconds now, std::string& out) {
    if (response.problem) {
        wipe(response.body.data(), response.body.size());
        response.body.clear();
        response.rest.reset();
        response.content_type = kProblemType;
        append_problem(*response.problem, context.path, context.request_id, response.body);
    }
    if (date_.empty() || now != date_time_) {
        date_ = date_line(now);
        date_ += "Server: roster\r\n"sv;
        usual_.clear();
        append_status_line(200, usual_);
        usual_ += date_;
        append_header("Content-Type", kJsonType, usual_);
        usual_ += kLength;
        date_time_ = now;
    }
    const bool bodiless = has_no_body(response.status);
    const bool is_chunked = response.rest != nullptr && !context.http_1_0;
    const bool is_usual = response.status == 200 && !response.body.empty() && !response.rest &&
                          response.content_type == kJsonType;
    if (is_usual) {
        out += usual_;
    } else {
        append_status_line(response.status, out);
        out += date_;
        if (!bodiless && (!response.body.empty() || response.rest))
            append_header("Content-Type", response.content_type, out);
        if (!bodiless && is_chunked) out += "Transfer-Encoding: chunked\r\n"sv;
        if (!bodiless && !response.rest) out += kLength;
    }
    if (!bodiless && !response.rest) {
        append_decimal(response.body.size(), out);
        out += "\r\n"sv;
    }
    out += context.keep_alive ? "Connection: keep-alive\r\n"sv : "Connection: close\r\n"sv;
    if (!context.request_id.empty())
        out.append("Request-Id: "sv).append(context.request_id).append("\r\n"sv);
    out += response.policy;
    out += response.header_lines();
    out += "\r\n"sv;
    if (bodiless || context.head) return 0;
    if (is_chunked && !response.body.empty())
        append_chunk(response.body, out);
    else
        out += response.body;
    return response.body.size();
}

void append_chunk(std::string_view part, std::string& out) {
    std::array<char, 16> digits{};
    const auto end = std::to_chars(digits.begin(), digits.end(), part.size(), 16).ptr;
    out.append(digits.begin(), end).append("\r\n").append(part).append("\r\n");
}

}  // namespace roster::protocol::http
