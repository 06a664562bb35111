#include "cli/forward_auth/page_reader.hpp"

#include "client/http/page_request.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include <chrono>
#include <utility>
#include <variant>

namespace roster::cli {

result<ChainAnswer> read_page(const std::string& origin, const std::string& target) {
    auto server = ApiEndpoint::parse(origin);
    if (!std::holds_alternative<ApiEndpoint>(server)) return Errc::invalid_request;
    boost::asio::io_context io(1);
    auto asked = boost::asio::co_spawn(
        io,
        client::get_page(std::get<ApiEndpoint>(std::move(server)),
                         origin.substr(origin.find("://") + 3), target, std::chrono::seconds(10)),
        boost::asio::use_future);
    io.run();
    auto answer = asked.get();
    if (!answer) return answer.error().error;
    return ChainAnswer(answer->status, std::move(answer->location), std::move(answer->body));
}

}  // namespace roster::cli
