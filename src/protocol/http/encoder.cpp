#include "protocol/http/encoder.hpp"

#include <roster/secret.hpp>

#include "core/time.hpp"
#include "protocol/syntax.hpp"

namespace roster::protocol::http {
namespace {

// RFC 9110 §8.6 and §15: these never have a body, and say no length of one.
bool has_no_body(unsigned status) noexcept {
    return status < 200 || status == 204 || status == 304;
}

}  // namespace

void Response::add_header(std::string_view name, std::string_view value) {
    if (is_token(name) && !is_reserved_header(name)) append_header(name, value, header_lines_);
}

void Response::clear() noexcept {
    status = 200;
    content_type = kJsonType;
    policy = kApiPolicy;
    wipe(body.data(), body.size());
    body.clear();
    problem.reset();
    close = false;
    wipe(header_lines_.data(), header_lines_.size());
    header_lines_.clear();
}

std::size_t Encoder::encode(Response& response, const ResponseContext& context,
                            std::chrono::sys_seconds now, std::string& out) {
    if (response.problem) {
        response.body.clear();
        response.content_type = kProblemType;
        append_problem(*response.problem, context.path, context.request_id, response.body);
    }
    if (date_.empty() || now != date_time_) {
        date_.clear();
        append_header("Date", to_imf_fixdate(now), date_);
        date_time_ = now;
    }
    out += "HTTP/1.1 ";
    append_decimal(response.status, out);
    out += ' ';
    out += reason_phrase(response.status);
    out += "\r\n";
    out += date_;
    out += "Server: roster\r\n";
    const bool bodiless = has_no_body(response.status);
    if (!bodiless) {
        if (!response.body.empty()) append_header("Content-Type", response.content_type, out);
        out += "Content-Length: ";
        append_decimal(response.body.size(), out);
        out += "\r\n";
    }
    out += context.keep_alive ? "Connection: keep-alive\r\n" : "Connection: close\r\n";
    if (!context.request_id.empty()) append_header("Request-Id", context.request_id, out);
    out += response.policy;
    out += response.header_lines();
    out += "\r\n";
    if (bodiless || context.head) return 0;
    out += response.body;
    return response.body.size();
}

}  // namespace roster::protocol::http
