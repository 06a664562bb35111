#include "support/postgres_database.hpp"

#include <libpq-fe.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <stdexcept>

namespace roster::testing {
namespace {

std::string first_line_of(const std::string& file) {
    std::ifstream stream(file);
    std::string line;
    std::getline(stream, line);
    return line;
}

// Ends with this program: its standard input does.
std::string start_own_server() {
    const std::string command = std::string("exec python3 ") + ROSTER_POSTGRES_SERVER +
                                " serve-for " + ROSTER_POSTGRES_URL_FILE + ".own-" +
                                std::to_string(::getpid());
    const std::string file =
        std::string(ROSTER_POSTGRES_URL_FILE) + ".own-" + std::to_string(::getpid());
    static const struct Removal {
        std::string file;
        ~Removal() { std::filesystem::remove(file); }
    } removal{file};
    if (std::system((command + " </dev/null >/dev/null 2>&1 &").c_str()) != 0)
        throw std::runtime_error("PostgreSQL cannot be started");
    for (int i = 0; i < 600 && !std::filesystem::exists(file); ++i)
        ::usleep(100'000);
    return first_line_of(file);
}

std::string server() {
    static const std::string url = [] {
        const std::string shared = first_line_of(ROSTER_POSTGRES_URL_FILE);
        return shared.empty() ? start_own_server() : shared;
    }();
    if (url.empty()) throw std::runtime_error("PostgreSQL does not start");
    return url;
}

}  // namespace

bool has_postgres() {
    static const bool has = std::system(
                                "exec python3 -c 'import sys; sys.path.insert(0, sys.argv[1]); "
                                "import postgres_server; sys.exit(not "
                                "postgres_server.PROGRAMS)' " ROSTER_POSTGRES_DIRECTORY) == 0;
    return has;
}

std::string new_postgres_store() {
    static int count = 0;
    const std::string schema = "t" + std::to_string(::getpid()) + "_" + std::to_string(++count);
    (void)run_sql(server(), "CREATE SCHEMA " + schema);
    return server() + "?options=-csearch_path%3D" + schema + "&application_name=" + schema;
}

std::vector<std::string> run_sql(const std::string& store, const std::string& sql) {
    const std::unique_ptr<PGconn, void (*)(PGconn*)> connection(PQconnectdb(store.c_str()),
                                                                PQfinish);
    const std::unique_ptr<PGresult, void (*)(PGresult*)> rows(PQexec(connection.get(), sql.c_str()),
                                                              PQclear);
    const ExecStatusType status = PQresultStatus(rows.get());
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
        throw std::runtime_error(PQerrorMessage(connection.get()));
    std::vector<std::string> lines;
    for (int row = 0; row < PQntuples(rows.get()); ++row) {
        std::string& line = lines.emplace_back();
        for (int column = 0; column < PQnfields(rows.get()); ++column)
            line += (column == 0 ? "" : "|") + std::string(PQgetvalue(rows.get(), row, column));
    }
    return lines;
}

}  // namespace roster::testing
