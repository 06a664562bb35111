#include "server/http/metrics_routes.hpp"

#include "protocol/http/header_values.hpp"
#include "server/metrics/process_metrics.hpp"
#include "server/metrics/request_metrics.hpp"
#include "server/net/tls_certificate.hpp"

#include <prometheus/text_serializer.h>

#include <array>
#include <chrono>
#include <limits>
#include <string>
#include <utility>

namespace roster::server {
namespace {

namespace asio = boost::asio;
namespace http = protocol::http;
using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

// Source: Prometheus, "Exposition formats", the text format.
constexpr std::string_view kMetricsType = "text/plain; version=0.0.4; charset=utf-8";
constexpr std::string_view kMetricsPath = "/metrics";

MetricFamily build_info() {
    ClientMetric metric;
    metric.label = {{"version", ROSTER_VERSION}};
    metric.gauge.value = 1;
    return {"roster_build_info", "Always 1; the version is a label.", MetricType::Gauge, {metric}};
}

MetricFamily account_events(const accounts::Accounts& accounts) {
    MetricFamily family{
        "roster_account_events_total",
        "What was done with accounts and sessions, or refused; as in the audit log.",
        MetricType::Counter,
        {}};
    for (const auto& [event, count] : accounts.event_counts()) {
        ClientMetric metric;
        metric.label = {{"action", event.first}, {"outcome", event.second}};
        metric.counter.value = static_cast<double>(count);
        family.metric.push_back(std::move(metric));
    }
    return family;
}

template <class Buckets, class Bounds>
void add_commits(MetricFamily& family, const char* kind, const Buckets& buckets,
                 const Bounds& bounds, double sum) {
    ClientMetric metric;
    metric.label = {{"kind", kind}};
    ClientMetric::Histogram& histogram = metric.histogram;
    for (std::size_t i = 0; i < buckets.size(); ++i) {
        histogram.sample_count += buckets[i];
        histogram.bucket.push_back(
            {histogram.sample_count,
             i < bounds.size() ? bounds[i] : std::numeric_limits<double>::infinity()});
    }
    histogram.sample_sum = sum;
    family.metric.push_back(std::move(metric));
}

void add_figures(const accounts::Accounts::Figures& figures, std::vector<MetricFamily>& families) {
    families.push_back(counter("roster_password_hashes_total",
                               "Password hashes that were begun or wait, also to check a password.",
                               figures.hashes));
    families.push_back(
        gauge("roster_password_hashes_running", "Those under way.", figures.running_hashes));
    families.push_back(
        gauge("roster_password_hashes_waiting", "Those that wait.", figures.waiting_hashes));
    families.push_back(gauge("roster_rate_limiter_records",
                             "Networks and accounts that the rate limiter remembers.",
                             figures.limiter_records));
    families.push_back(gauge("roster_rate_limiter_delayed",
                             "Those that have to wait before they may try again.",
                             figures.delayed));
    families.push_back(counter("roster_audit_events_lost_total",
                               "Events that the audit log could not take.",
                               figures.audit_events_lost));
    MetricFamily writes{
        "roster_store_commit_writes", "Writes of a commit.", MetricType::Histogram, {}};
    MetricFamily times{"roster_store_commit_duration_seconds",
                       "Of a commit, to write and sync it.",
                       MetricType::Histogram,
                       {}};
    for (const auto& [kind, commits] :
         {std::pair("users", figures.store.users), std::pair("sessions", figures.store.sessions)}) {
        add_commits(writes, kind, commits.sizes, CommitFigures::kSizeBounds,
                    static_cast<double>(commits.writes));
        add_commits(times, kind, commits.times, CommitFigures::kTimeBounds,
                    std::chrono::duration<double>(commits.time).count());
    }
    families.push_back(std::move(writes));
    families.push_back(std::move(times));
}

void add_states(const ApiContext& api, std::vector<MetricFamily>& families) {
    const StoreStatus store = api.accounts.status();
    families.push_back(gauge("roster_store_writable", "0 after a write could not be made durable.",
                             store.writable ? 1 : 0));
    families.push_back(gauge("roster_users", "Users in the store.", store.users));
    families.push_back(
        gauge("roster_administrators", "Administrators that are not disabled.", store.admins));
    families.push_back(
        gauge("roster_sessions", "Sessions in the store, of all kinds.", store.sessions));
    families.push_back(gauge("roster_connections",
                             "Open connections, of all listeners but that of the metrics.",
                             api.table.size()));
    if (store.snapshot_at)
        families.push_back(gauge("roster_store_snapshot_timestamp_seconds",
                                 "When the last snapshot was written.",
                                 store.snapshot_at->time_since_epoch().count()));
    add_figures(api.accounts.figures(), families);
    const auto backup = api.last_backup->load().time_since_epoch().count();
    if (backup != 0)
        families.push_back(gauge("roster_last_backup_timestamp_seconds",
                                 "When the last backup through the API was made.", backup));
    if (api.certificate != nullptr)
        families.push_back(gauge("roster_certificate_end_timestamp_seconds",
                                 "When the TLS certificate ends.",
                                 api.certificate->ends_at().time_since_epoch().count()));
}

std::string metrics_of(const ApiContext& api) {
    std::vector<MetricFamily> families{build_info(), account_events(api.accounts)};
    add_states(api, families);
    if (api.metrics != nullptr)
        for (MetricFamily& family : api.metrics->collect())
            families.push_back(std::move(family));
    add_process_metrics(families);
    return prometheus::TextSerializer().Serialize(families);
}

asio::awaitable<void> answer_metrics(Call& call) {
    call.response.body = metrics_of(call.api);
    co_return;
}

constexpr std::array<Route, 1> kMetricsRoutes{{
    {http::Method::get, kMetricsPath, Access::admin, BodyType::none, answer_metrics, kMetricsType},
}};

}  // namespace

constinit const std::span<const Route> metrics_routes = kMetricsRoutes;

std::vector<std::string_view> route_patterns() {
    std::vector<std::string_view> patterns;
    for (const auto routes : route_tables())
        for (const Route& route : routes)
            patterns.push_back(route.path);
    return patterns;
}

asio::awaitable<void> MetricsHandler::answer(const Request& request, const PeerAddress&,
                                             Response& response) {
    const bool is_read =
        request.method == http::Method::get || request.method == http::Method::head;
    if (request.target.path() != kMetricsPath) {
        response.fail({http::ProblemCode::not_found, "the metrics are at /metrics"});
    } else if (!is_read) {
        response.fail({http::ProblemCode::method_not_allowed, "only GET and HEAD are answered"});
        response.add_header("Allow", "GET, HEAD");
    } else {
        response.content_type = kMetricsType;
        response.body = metrics_of(context_);
    }
    co_return;
}

}  // namespace roster::server
