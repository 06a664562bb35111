// libpq, loaded when a store in PostgreSQL is first named: with it come Kerberos, LDAP and twenty
// other libraries, which take 3.6 megabytes of a process and a part of its start.
//
// Each of libpq's functions that are used is defined here, and calls the one of the library; the
// rest of the program includes <libpq-fe.h> and knows nothing of that.

#include <roster/error.hpp>

#include <dlfcn.h>
#include <libpq-fe.h>

#include <string>

namespace {

constexpr const char* kLibrary = "libpq.so.5";

// A store cannot have been opened without the first of these functions: only that one throws.
[[noreturn]] void refuse() {
    const char* const why = ::dlerror();
    throw roster::StartupError(roster::Errc::store_unavailable,
                               std::string("a store in PostgreSQL needs libpq: ") +
                                   (why == nullptr ? kLibrary : why) +
                                   "; install it (Debian: libpq5)");
}

template <class Function>
Function find(const char* name) {
    // Stays loaded: libraries that it brings do not survive being unloaded.
    static void* const library = ::dlopen(kLibrary, RTLD_NOW | RTLD_LOCAL);
    void* const function = library == nullptr ? nullptr : ::dlsym(library, name);
    if (function == nullptr) refuse();
    return reinterpret_cast<Function>(function);
}

}  // namespace

#define ROSTER_LIBPQ(result, name, parameters, arguments)          \
    result name parameters {                                       \
        static const auto function = find<decltype(&name)>(#name); \
        return function arguments;                                 \
    }

// clang-format off
ROSTER_LIBPQ(void, PQclear, (PGresult* rows), (rows))
ROSTER_LIBPQ(int, PQconnectionNeedsPassword, (const PGconn* conn), (conn))
ROSTER_LIBPQ(PostgresPollingStatusType, PQconnectPoll, (PGconn* conn), (conn))
ROSTER_LIBPQ(PGconn*, PQconnectStartParams,
             (const char* const* names, const char* const* values, int expand), (names, values, expand))
ROSTER_LIBPQ(void, PQconninfoFree, (PQconninfoOption* options), (options))
ROSTER_LIBPQ(PQconninfoOption*, PQconninfoParse, (const char* text, char** error), (text, error))
ROSTER_LIBPQ(int, PQconsumeInput, (PGconn* conn), (conn))
ROSTER_LIBPQ(int, PQenterPipelineMode, (PGconn* conn), (conn))
ROSTER_LIBPQ(char*, PQerrorMessage, (const PGconn* conn), (conn))
ROSTER_LIBPQ(int, PQexitPipelineMode, (PGconn* conn), (conn))
ROSTER_LIBPQ(void, PQfinish, (PGconn* conn), (conn))
ROSTER_LIBPQ(int, PQflush, (PGconn* conn), (conn))
ROSTER_LIBPQ(void, PQfreemem, (void* memory), (memory))
ROSTER_LIBPQ(PGresult*, PQgetResult, (PGconn* conn), (conn))
ROSTER_LIBPQ(int, PQgetisnull, (const PGresult* rows, int row, int column), (rows, row, column))
ROSTER_LIBPQ(int, PQgetlength, (const PGresult* rows, int row, int column), (rows, row, column))
ROSTER_LIBPQ(char*, PQgetvalue, (const PGresult* rows, int row, int column), (rows, row, column))
ROSTER_LIBPQ(int, PQisBusy, (PGconn* conn), (conn))
ROSTER_LIBPQ(int, PQntuples, (const PGresult* rows), (rows))
ROSTER_LIBPQ(const char*, PQparameterStatus, (const PGconn* conn, const char* name), (conn, name))
ROSTER_LIBPQ(int, PQpipelineSync, (PGconn* conn), (conn))
ROSTER_LIBPQ(char*, PQresultErrorField, (const PGresult* rows, int field), (rows, field))
ROSTER_LIBPQ(ExecStatusType, PQresultStatus, (const PGresult* rows), (rows))
ROSTER_LIBPQ(int, PQsendPrepare,
             (PGconn* conn, const char* name, const char* sql, int count, const Oid* types),
             (conn, name, sql, count, types))
ROSTER_LIBPQ(int, PQsendQuery, (PGconn* conn, const char* sql), (conn, sql))
ROSTER_LIBPQ(int, PQsendQueryParams,
             (PGconn* conn, const char* sql, int count, const Oid* types, const char* const* values,
              const int* lengths, const int* formats, int format),
             (conn, sql, count, types, values, lengths, formats, format))
ROSTER_LIBPQ(int, PQsendQueryPrepared,
             (PGconn* conn, const char* name, int count, const char* const* values,
              const int* lengths, const int* formats, int format),
             (conn, name, count, values, lengths, formats, format))
ROSTER_LIBPQ(int, PQserverVersion, (const PGconn* conn), (conn))
ROSTER_LIBPQ(PGVerbosity, PQsetErrorVerbosity, (PGconn* conn, PGVerbosity much), (conn, much))
ROSTER_LIBPQ(PQnoticeReceiver, PQsetNoticeReceiver,
             (PGconn* conn, PQnoticeReceiver receiver, void* argument), (conn, receiver, argument))
ROSTER_LIBPQ(int, PQsetnonblocking, (PGconn* conn, int flag), (conn, flag))
ROSTER_LIBPQ(int, PQsocket, (const PGconn* conn), (conn))
ROSTER_LIBPQ(ConnStatusType, PQstatus, (const PGconn* conn), (conn))
// clang-format on
