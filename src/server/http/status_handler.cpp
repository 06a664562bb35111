#include "server/http/status_handler.hpp"

#include <string_view>

namespace roster::server {

namespace asio = boost::asio;
using protocol::http::Method;
using protocol::http::Problem;
using protocol::http::ProblemCode;

asio::awaitable<void> StatusHandler::answer(const Request& request, const Peer&,
                                            Response& response) {
    const std::string_view path = request.target.path();
    const bool known = path == "/health/live" || path == "/health/ready" || path == "/v1/status";
    if (!known) {
        response.fail(Problem(ProblemCode::not_found, "nothing is at this path"));
    } else if (request.method != Method::get && request.method != Method::head) {
        response.fail(Problem(ProblemCode::method_not_allowed, "this path can only be read"));
        response.add_header("Allow", "GET, HEAD");
    } else if (path == "/health/live") {
        response.body += R"({"status":"live"})";
    } else if (path == "/health/ready") {
        answer_ready(response);
    } else {
        answer_status(response);
    }
    co_return;
}

void StatusHandler::answer_ready(Response& response) const {
    if (table_.is_closing()) {
        response.fail(Problem(ProblemCode::overloaded, "the server is stopping"));
    } else if (!store_.status().writable) {
        response.fail(Problem(ProblemCode::store_unavailable, "the store cannot write"));
    } else {
        response.body += R"({"status":"ready"})";
        return;
    }
    response.add_header("Retry-After", "2");
}

void StatusHandler::answer_status(Response& response) const {
    const char* status = store_.status().writable ? "ready" : "read-only";
    if (table_.is_closing()) status = "draining";
    response.body += R"({"name":"roster","version":")" ROSTER_VERSION R"(","status":")";
    response.body += status;
    response.body += "\"}";
}

}  // namespace roster::server
