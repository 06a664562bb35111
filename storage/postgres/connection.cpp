#include "storage/postgres/connection.hpp"

#include <libpq-fe.h>
#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>

namespace roster::storage::postgres {
namespace {

std::string field(const PGresult* result, int code) {
    const char* text = PQresultErrorField(result, code);
    return text == nullptr ? "" : text;
}

// A user's last words in the log, or what was refused at the log-in: one line, without the
// addresses that libpq puts before it.
std::string last_error(const PGconn* connection) {
    std::string text = PQerrorMessage(connection);
    while (!text.empty() && text.back() == '\n')
        text.pop_back();
    std::replace_if(
        text.begin(), text.end(), [](char c) { return c == '\n' || c == '\t'; }, ' ');
    return text;
}

// libpq has no field for why a connection was refused; but with verbosity "sqlstate" the message
// ends with "FATAL:  28P01".
std::string state_of_refusal(const std::string& text) {
    constexpr std::size_t kStateLength = 5;
    const std::size_t colon = text.rfind(":  ");
    if (colon == std::string::npos || text.size() - colon - 3 != kStateLength) return {};
    return text.substr(colon + 3);
}

// Errors of a log-in that another attempt does not change.
void throw_if_final(const std::string& state) {
    if (state.starts_with("28"))
        throw Refused(state, "the database does not accept this user or password");
    if (state == "3D000") throw Refused(state, "there is no database of this name");
    if (state == "42501") throw Refused(state, "the user may not connect to the database");
}

// A server that cannot be trusted has no SQLSTATE, only libpq's text.
void throw_if_untrusted(const std::string& text) {
    for (const char* reason : {"certificate", "does not support SSL"})
        if (text.find(reason) != std::string::npos) throw Refused("08001", text);
}

}  // namespace

void Array::add(std::string_view text) {
    if (text_.size() > 1) text_ += ',';
    text_ += '"';
    for (const char c : text) {
        if (c == '"' || c == '\\') text_ += '\\';
        text_ += c;
    }
    text_ += '"';
}

void Array::add_plain(std::string_view text) {
    if (text_.size() > 1) text_ += ',';
    text_ += text;
}

Rows::Rows(pg_result* result) : result_(result, [](pg_result* one) { PQclear(one); }) {}

int Rows::size() const noexcept {
    return PQntuples(result_.get());
}

std::string_view Rows::text(int row, int column) const {
    return {PQgetvalue(result_.get(), row, column),
            static_cast<std::size_t>(PQgetlength(result_.get(), row, column))};
}

bool Rows::is_null(int row, int column) const {
    return PQgetisnull(result_.get(), row, column) != 0;
}

std::int64_t Rows::number(int row, int column) const {
    const std::string_view digits = text(row, column);
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc() || end != digits.data() + digits.size() || digits.empty())
        throw std::runtime_error("a column holds no number");
    return value;
}

void Connection::Closer::operator()(pg_conn* connection) const noexcept {
    PQfinish(connection);
}

Connection::Connection(const Settings& settings, Clock::duration patience) {
    const auto deadline = Clock::now() + patience;
    std::vector<const char*> names;
    std::vector<const char*> values;
    for (const auto& [name, value] : settings) {
        names.push_back(name.c_str());
        values.push_back(value.c_str());
    }
    names.push_back(nullptr);
    values.push_back(nullptr);
    connection_.reset(PQconnectStartParams(names.data(), values.data(), 0));
    PGconn* connection = connection_.get();
    if (connection == nullptr) throw std::bad_alloc();
    PQsetErrorVerbosity(connection, PQERRORS_SQLSTATE);
    const auto on_notice = [](void* warned, const PGresult* notice) {
        if (field(notice, PG_DIAG_SEVERITY_NONLOCALIZED) == "WARNING")
            *static_cast<bool*>(warned) = true;
    };
    PQsetNoticeReceiver(connection, on_notice, warned_.get());
    PostgresPollingStatusType status = PGRES_POLLING_WRITING;
    while (PQstatus(connection) != CONNECTION_BAD && status != PGRES_POLLING_OK &&
           status != PGRES_POLLING_FAILED) {
        await(status == PGRES_POLLING_READING, status == PGRES_POLLING_WRITING, deadline);
        status = PQconnectPoll(connection);
    }
    if (PQstatus(connection) != CONNECTION_OK) {
        const std::string text = last_error(connection);
        throw_if_final(state_of_refusal(text));
        if (PQconnectionNeedsPassword(connection) == 1)
            throw Refused("28P01",
                          "the database asks for a password; name a file that has it with "
                          "--store-password-file or ROSTER_STORE_PASSWORD_FILE");
        throw_if_untrusted(text);
        throw Lost(text);
    }
    if (PQsetnonblocking(connection, 1) != 0 || PQenterPipelineMode(connection) != 1)
        lose(last_error(connection));
}

void Connection::send(const std::string& sql, const Params& params) {
    const std::string name = prepare(sql);
    const auto values = values_of(params);
    if (PQsendQueryPrepared(connection_.get(), name.c_str(), static_cast<int>(values.size()),
                            values.data(), nullptr, nullptr, 0) != 1)
        lose(last_error(connection_.get()));
    expected_.push_back(true);
}

void Connection::send_once(const std::string& sql, const Params& params) {
    const auto values = values_of(params);
    if (PQsendQueryParams(connection_.get(), sql.c_str(), static_cast<int>(values.size()), nullptr,
                          values.data(), nullptr, nullptr, 0) != 1)
        lose(last_error(connection_.get()));
    expected_.push_back(true);
}

std::vector<const char*> Connection::values_of(const Params& params) {
    std::vector<const char*> values;
    for (const std::string& text : params.texts())
        values.push_back(text.c_str());
    return values;
}

std::string Connection::prepare(const std::string& sql) {
    const auto known = prepared_.find(sql);
    if (known != prepared_.end()) return known->second;
    const std::string name = "s" + std::to_string(++statements_);
    if (PQsendPrepare(connection_.get(), name.c_str(), sql.c_str(), 0, nullptr) != 1)
        lose(last_error(connection_.get()));
    expected_.push_back(false);
    prepared_.emplace(sql, name);
    fresh_.push_back(sql);
    return name;
}

void Connection::sync() {
    if (PQpipelineSync(connection_.get()) != 1) lose(last_error(connection_.get()));
    ++syncs_;
}

// PQgetResult returns null behind each statement's results. After a FATAL it does so again and
// again while PQisBusy says 0: two of them in a row mean that something has to be read first.
std::vector<Rows> Connection::finish(Clock::duration patience) {
    const auto deadline = Clock::now() + patience;
    sync();
    std::vector<Rows> rows;
    int nulls = 0;
    while (syncs_ > 0) {
        const bool is_unsent = flush();
        if (PQisBusy(connection_.get()) != 0 || nulls > 1) {
            await(true, is_unsent, deadline);
            if (PQconsumeInput(connection_.get()) != 1) lose(last_error(connection_.get()));
            nulls = 0;
            if (PQisBusy(connection_.get()) != 0) continue;
        }
        PGresult* result = PQgetResult(connection_.get());
        nulls = result == nullptr ? nulls + 1 : 0;
        if (result != nullptr) take(result, rows);
    }
    if (refused_) {
        // What was not prepared because of it is prepared again, under another name.
        for (const std::string& sql : fresh_)
            prepared_.erase(sql);
        fresh_.clear();
        throw *std::exchange(refused_, std::nullopt);
    }
    fresh_.clear();
    return rows;
}

void Connection::take(pg_result* result, std::vector<Rows>& rows) {
    const Rows owner(result);
    const ExecStatusType status = PQresultStatus(result);
    if (status == PGRES_PIPELINE_SYNC) {
        --syncs_;
        return;
    }
    const std::string severity = field(result, PG_DIAG_SEVERITY_NONLOCALIZED);
    const std::string state = field(result, PG_DIAG_SQLSTATE);
    const std::string text = field(result, PG_DIAG_MESSAGE_PRIMARY) + " (" + state + ")";
    const bool is_error = status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK;
    // 25006: a server that may not be written is not the one that was looked for.
    if (severity == "FATAL" || severity == "PANIC" || state == "25006") lose(text);
    if (is_error && PQstatus(connection_.get()) == CONNECTION_BAD)
        lose(last_error(connection_.get()));
    if (expected_.empty()) lose("an answer to no question");
    const bool is_expected = expected_.front();
    expected_.pop_front();
    if (status == PGRES_PIPELINE_ABORTED) return;
    if (is_error && !refused_) refused_.emplace(state, field(result, PG_DIAG_MESSAGE_PRIMARY));
    if (!is_error && is_expected) rows.push_back(owner);
}

Rows Connection::run(const std::string& sql, const Params& params, Clock::duration patience) {
    send(sql, params);
    return finish(patience).front();
}

void Connection::run_script(const std::string& sql, Clock::duration patience) {
    const auto deadline = Clock::now() + patience;
    PGconn* connection = connection_.get();
    if (PQexitPipelineMode(connection) != 1 || PQsendQuery(connection, sql.c_str()) != 1)
        lose(last_error(connection));
    std::optional<Refused> refused;
    for (;;) {
        while (flush())
            await(true, true, deadline);
        while (PQisBusy(connection) != 0) {
            await(true, false, deadline);
            if (PQconsumeInput(connection) != 1) lose(last_error(connection));
        }
        PGresult* result = PQgetResult(connection);
        if (result == nullptr) break;
        const Rows owner(result);
        if (PQresultStatus(result) == PGRES_FATAL_ERROR && !refused)
            refused.emplace(field(result, PG_DIAG_SQLSTATE),
                            field(result, PG_DIAG_MESSAGE_PRIMARY));
    }
    if (PQstatus(connection) == CONNECTION_BAD || PQenterPipelineMode(connection) != 1)
        lose(last_error(connection));
    if (refused) throw *refused;
}

void Connection::await(bool to_read, bool to_write, Clock::time_point deadline) {
    // libpq changes its socket while it connects.
    pollfd socket{PQsocket(connection_.get()), 0, 0};
    if (socket.fd < 0) lose(last_error(connection_.get()));
    if (to_read) socket.events |= POLLIN;
    if (to_write) socket.events |= POLLOUT;
    for (;;) {
        const auto left =
            std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
        if (left <= 0) lose("the database does not answer in time");
        const int ready = ::poll(&socket, 1, static_cast<int>(left));
        if (ready > 0) return;
        if (ready < 0 && errno != EINTR) lose(std::strerror(errno));
    }
}

bool Connection::flush() {
    const int unsent = PQflush(connection_.get());
    if (unsent < 0) lose(last_error(connection_.get()));
    return unsent > 0;
}

void Connection::lose(const std::string& why) {
    throw Lost(why);
}

int Connection::version() const noexcept {
    return PQserverVersion(connection_.get());
}

std::string Connection::parameter(const char* name) const {
    const char* value = PQparameterStatus(connection_.get(), name);
    return value == nullptr ? "" : value;
}

}  // namespace roster::storage::postgres
