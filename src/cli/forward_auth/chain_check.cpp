#include "cli/forward_auth/chain_check.hpp"

#include "cli/io/exit_code.hpp"
#include "core/text.hpp"
#include "protocol/http/target.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>
#include <variant>

namespace roster::cli {
namespace {

struct Url {
    std::string origin;
    std::string target;

    std::string_view host() const noexcept {
        const std::string_view text = std::string_view(origin).substr(origin.find("://") + 3);
        return text.substr(0, text.find(':', text.find(']') + 1));
    }
    std::string text() const { return origin + target; }
};

std::optional<Url> parse_url(std::string_view text) {
    const std::size_t scheme_end = text.find("://");
    if (scheme_end == text.npos) return std::nullopt;
    const std::size_t path = std::min(text.find_first_of("/?#", scheme_end + 3), text.size());
    auto origin = protocol::http::origin_of(text.substr(0, path));
    if (!origin) return std::nullopt;
    std::string target(text.substr(path));
    if (!target.starts_with('/')) target.insert(0, 1, '/');
    return Url{std::move(*origin), std::move(target)};
}

std::string shown(std::string_view text) {
    return "'" + printable(text) + "'";
}

}  // namespace

// By the longest that both are in.
bool share_a_domain(std::string_view a, std::string_view b) {
    std::size_t same = 0;
    while (same < std::min(a.size(), b.size()) && a[a.size() - 1 - same] == b[b.size() - 1 - same])
        ++same;
    const auto begins_at_label = [same](std::string_view host) {
        return same == host.size() || host[host.size() - 1 - same] == '.';
    };
    std::string_view common = a.substr(a.size() - same);
    if (!begins_at_label(a) || !begins_at_label(b))
        common = common.substr(std::min(common.find('.') + 1, common.size()));
    if (common.starts_with('.')) common.remove_prefix(1);
    return common.find('.') != common.npos;
}

namespace {

std::string unreachable(const std::string& origin, const boost::system::error_code& why,
                        std::string_view hint) {
    std::string text = "cannot reach " + origin + ": " + why.message() + "; ";
    if (why == Errc::certificate_not_trusted)
        return text + "SSL_CERT_FILE names a file of the certificates to trust";
    return text.append(hint);
}

std::string why_not_asked(const Url& application, const ChainAnswer& answer) {
    // nginx and Apache say so in English.
    const bool is_tls_port = answer.status == 400 && application.origin.starts_with("http:") &&
                             answer.body.find("HTTPS") != std::string::npos;
    if (is_tls_port) return "the proxy speaks TLS at this port: write https://";
    switch (answer.status) {
        case 200:
        case 204:
            return "the application answers without a log-in: its proxy does not ask roster; see "
                   "'roster forward-auth snippet'";
        case 400:
            return "the answer is 400: the proxy does not tell roster what roster needs; roster's "
                   "log says what is missing";
        case 401:
            return "the answer is 401 without a log-in page: roster was asked, but the proxy has "
                   "redirect=never, or does not pass the Location on (nginx: error_page 401)";
        case 403:
            return "the answer is 403: a proxy that cannot reach roster may say so (Envoy), or "
                   "another rule of it forbids the request";
        case 421: return "no application has the host of " + shown(application.text()) + " there";
        case 500:
        case 502:
        case 503:
        case 504:
            return "the answer is " + std::to_string(answer.status) +
                   ": the proxy cannot reach roster, or roster refuses how it asks; the logs of "
                   "both say why (nginx says 500 for all but 2xx, 401 and 403)";
        default: break;
    }
    return "the answer is " + std::to_string(answer.status) +
           ", which neither the application nor roster is expected to give";
}

std::string why_not_log_in(const Url& application, const std::optional<Url>& to,
                           std::string_view location) {
    const bool is_log_in = to && to->target.starts_with("/login?");
    if (is_log_in) return {};
    if (to && to->host() == application.host() && to->origin.starts_with("https:"))
        return "it leads to " + shown(to->text()) + ": the proxy wants https; check that URL";
    return "it leads to " + shown(location) +
           ", which is not roster's /login with a way back: another log-in or the application "
           "itself redirects, or this is roster, and not a page of the application";
}

// Of the query of /login; decoded.
std::string return_url_of(const Url& log_in) {
    protocol::http::Target target;
    if (!target.parse(log_in.target, false).empty()) return {};
    return std::string(target.parameter("rd").value_or(std::string_view()));
}

std::string why_other_url(const Url& asked, const std::string& rd) {
    const auto told = parse_url(rd);
    if (told && told->text() == asked.text()) return {};
    std::string why = "the log-in would lead back to " + shown(rd) + " instead of " +
                      shown(asked.text()) + ": the proxy tells roster another URL; ";
    if (told && told->host() == asked.host() && told->origin.starts_with("https:"))
        return why + "it says https although the request was http";
    return why +
           "X-Forwarded-Proto, -Host and -Uri (nginx: X-Original-URL) must be those of the "
           "browser's request; behind a second proxy, trust what that one sends";
}

}  // namespace

ChainReport check_chain(const std::string& text, const AskUrl& ask) {
    const auto url = parse_url(text);
    if (!url) throw UsageError("URL: must be like http://app.example.com/, not " + shown(text));
    ChainReport report;
    const auto refuse = [&report](std::string why) {
        report.wrong = std::move(why);
        return report;
    };
    // 1. The application, through its proxy.
    const auto application = ask(url->origin, url->target);
    if (!application)
        return refuse(unreachable(url->origin, application.error(),
                                  "is its proxy running, and does the name lead to it?"));
    report.good.push_back(url->origin + " answers");
    if (application->status < 300 || application->status > 399)
        return refuse(why_not_asked(*url, *application));
    // 2. It leads to a log-in page, and from there back.
    const auto log_in = parse_url(application->location);
    if (auto why = why_not_log_in(*url, log_in, application->location); !why.empty())
        return refuse(std::move(why));
    report.good.push_back("it leads to " + log_in->origin + "/login");
    if (auto why = why_other_url(*url, return_url_of(*log_in)); !why.empty())
        return refuse(std::move(why));
    report.good.push_back("the log-in leads back to the URL that was asked for");
    if (!share_a_domain(url->host(), log_in->host()))
        return refuse(shown(url->host()) + " and " + shown(log_in->host()) +
                      " have no domain in common for which a cookie can be; give both names in one "
                      "domain, and that to --forward-domain");
    // 3. The page is roster's.
    const auto status = ask(log_in->origin, "/v1/status");
    if (!status)
        return refuse(unreachable(log_in->origin, status.error(),
                                  "it is roster's --public-url, which browsers must reach"));
    if (status->body.find("\"name\":\"roster\"") == std::string::npos)
        return refuse("at " + log_in->origin +
                      " there is something other than roster; the proxy "
                      "for roster's --public-url must pass every path on to it");
    const auto page = ask(log_in->origin, log_in->target);
    if (!page || page->status != 200)
        return refuse("the page " + log_in->origin + "/login answers " +
                      (page ? std::to_string(page->status) : page.error().message()) +
                      " instead of 200");
    report.good.push_back("roster's log-in page is there");
    if (page->body.find("class=\"notice\"") != std::string::npos)
        return refuse("roster does not send browsers back to " + shown(url->host()) +
                      " after a log-in; start it with --forward-domain and the domain that " +
                      shown(url->host()) + " and " + shown(log_in->host()) + " have in common");
    return report;
}

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
    return std::move(*answer);
}

}  // namespace roster::cli
