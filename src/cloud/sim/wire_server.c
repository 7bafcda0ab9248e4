/* Invariants: a visit is made when a request's first line is read and freed when libmicrohttpd says
 * that the request is over; while its answer is outstanding its connection is suspended. */
#include "cloud/sim/wire_server.h"

#include "base/buf.h"
#include "base/limits.h"
#include "base/memory.h"
#include "base/vec.h"
#include "cloud/sim/wire_transport.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <poll.h>
#include <string.h>

#include "base/banned.h"

enum {
    CONNECTIONS_MAX = 512,
    CONNECTION_MEMORY = 64 * 1024, /* request line and headers of one request */
    IDLE_S = 60,
    ANSWER_MS = 600000, /* a client gives up before */
    WAIT_MS = 50,
};

enum visit_state { READING, ASKED, ANSWERED, FAILED };

struct wire_server {
    struct wire_server_options options;
    struct MHD_Daemon *daemon;
    int64_t start_ms; /* steady, when the transport's clock was 0 */
    int port;
};

struct visit {
    struct wire_server *server;
    struct MHD_Connection *connection;
    struct arena arena;
    struct str target; /* as it stands in the request line */
    struct buf body;
    struct http_request request;
    VEC(struct http_header) headers;
    enum visit_state state;
    bool is_too_large;
    struct MHD_Response *response;
    unsigned status;
};

/* ---- Address ---- */

static bool read_host(struct str host, struct wire_address *address)
{
    struct in_addr v4;
    struct in6_addr v6;
    if (host.len == 0 || str_eq_nocase(host, STR("localhost")))
        host = STR("127.0.0.1");
    if (host.len >= sizeof(address->host))
        return false;
    memcpy(address->host, host.ptr, host.len);
    address->host[host.len] = '\0';
    if (address->is_ipv6) {
        bool is_fine = inet_pton(AF_INET6, address->host, &v6) == 1;
        address->is_loopback = is_fine && IN6_IS_ADDR_LOOPBACK(&v6);
        return is_fine;
    }
    bool is_fine = inet_pton(AF_INET, address->host, &v4) == 1;
    address->is_loopback = is_fine && (ntohl(v4.s_addr) >> 24) == 127;
    return is_fine;
}

enum error_code wire_address_parse(struct str text, struct wire_address *out, struct error *err)
{
    struct wire_address address = {.port = 0};
    int64_t port = -1;
    size_t colon = str_find_last(text, ':');
    struct str host = str_slice(text, 0, colon);
    address.is_ipv6 = str_starts(host, STR("[")) && str_ends(host, STR("]"));
    if (address.is_ipv6)
        host = str_slice(host, 1, host.len - 1);
    if (!str_to_int64(str_slice(text, colon + 1, text.len), &port) || port < 0 || port > 65535 ||
        !read_host(host, &address))
        return error_set(err, E_SYNTAX,
                         "'%.*s' is no address to listen on: one is 127.0.0.1:4566 or [::1]:4566",
                         (int)(text.len < 80 ? text.len : 80), text.len > 0 ? text.ptr : "");
    address.port = (int)port;
    *out = address;
    return E_OK;
}

/* ---- One request ---- */

static void *on_target(void *cls, const char *uri, struct MHD_Connection *connection)
{
    struct wire_server *server = cls;
    struct visit *visit = memory_new(1, sizeof(*visit));
    visit->server = server;
    visit->connection = connection;
    visit->target = arena_str(&visit->arena, str_from(uri));
    visit->body = BUF_INIT(LIMIT_AWS_REQUEST_BYTES);
    return visit;
}

/* The query is not taken apart, and %2F stays what it is: nothing is unescaped. */
static size_t keep_escapes(void *cls, struct MHD_Connection *connection, char *text)
{
    (void)cls;
    (void)connection;
    return strlen(text);
}

static void on_end(void *cls, struct MHD_Connection *connection, void **context,
                   enum MHD_RequestTerminationCode code)
{
    struct visit *visit = *context;
    (void)cls;
    (void)connection;
    (void)code;
    if (visit == NULL)
        return;
    if (visit->response != NULL)
        MHD_destroy_response(visit->response);
    buf_release_secret(&visit->body);
    arena_release(&visit->arena);
    memory_free(visit);
    *context = NULL;
}

static enum MHD_Result add_header(void *cls, enum MHD_ValueKind kind, const char *name,
                                  const char *value)
{
    struct visit *visit = cls;
    (void)kind;
    *VEC_ADD(&visit->arena, &visit->headers) =
        (struct http_header){str_from(name), str_from(value)};
    return MHD_YES;
}

/* Texts of ours that go out as headers; one with a NUL or a line break is left out. */
static void copy_header(struct visit *visit, const struct http_header *header)
{
    (void)MHD_add_response_header(visit->response, arena_str(&visit->arena, header->name).ptr,
                                  arena_str(&visit->arena, header->value).ptr);
}

static void on_answer(void *context, const struct http_response *response)
{
    struct visit *visit = context;
    const struct wire_server_options *options = &visit->server->options;
    visit->state = FAILED;
    if (response->code == E_OK) {
        /* It is copied: nothing is written to it. */
        void *bytes = (void *)(uintptr_t)(response->body.len > 0 ? response->body.ptr : "");
        visit->response =
            MHD_create_response_from_buffer(response->body.len, bytes, MHD_RESPMEM_MUST_COPY);
        visit->status = (unsigned)response->status;
        visit->state = visit->response != NULL ? ANSWERED : FAILED;
        for (size_t i = 0; visit->response != NULL && i < response->header_count; i++)
            copy_header(visit, &response->headers[i]);
    }
    if (options->seen != NULL)
        options->seen(options->context, &visit->request,
                      visit->state == ANSWERED ? response->status : 0);
    MHD_resume_connection(visit->connection);
}

static void ask(struct visit *visit, const char *method)
{
    MHD_get_connection_values(visit->connection, MHD_HEADER_KIND, add_header, visit);
    const char *host = MHD_lookup_connection_value(visit->connection, MHD_HEADER_KIND, "Host");
    visit->request = (struct http_request){
        .method = arena_str(&visit->arena, str_from(method)),
        .url = arena_printf(&visit->arena, "http://%s%.*s", host != NULL ? host : "localhost",
                            STR_ARG(visit->target)),
        .headers = visit->headers.items,
        .header_count = visit->headers.count,
        .has_body = true,
        .body = buf_str(&visit->body),
        .timeout_ms = ANSWER_MS,
        .max_body_bytes = LIMIT_AWS_BODY_BYTES,
    };
    visit->state = ASKED;
    MHD_suspend_connection(visit->connection);
    transport_send(visit->server->options.transport, &visit->request, on_answer, visit);
}

static enum MHD_Result refuse_size(struct visit *visit)
{
    static char text[] = "the request is too large\n";
    visit->response =
        MHD_create_response_from_buffer(sizeof(text) - 1, text, MHD_RESPMEM_PERSISTENT);
    return MHD_queue_response(visit->connection, MHD_HTTP_CONTENT_TOO_LARGE, visit->response);
}

static enum MHD_Result on_request(void *cls, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *data,
                                  size_t *size, void **context)
{
    struct visit *visit = *context;
    (void)cls;
    (void)url;
    (void)version;
    if (*size > 0) {
        visit->is_too_large =
            !buf_add(&visit->body, (struct str){data, *size}) || visit->is_too_large;
        *size = 0;
        return MHD_YES;
    }
    switch (visit->state) {
    case READING:
        /* The first call is for the headers alone, to refuse or to go on. */
        if (visit->request.method.len == 0) {
            visit->request.method = arena_str(&visit->arena, str_from(method));
            return MHD_YES;
        }
        if (visit->is_too_large)
            return refuse_size(visit);
        ask(visit, method);
        return MHD_YES;
    case ANSWERED:
        return MHD_queue_response(connection, visit->status, visit->response);
    default:
        return MHD_NO; /* the connection is closed */
    }
}

/* ---- The server ---- */

static void be_quiet(void *cls, const char *format, va_list args)
{
    (void)cls;
    (void)format;
    (void)args;
}

static void fill_address(const struct wire_address *address, struct sockaddr_storage *out)
{
    memset(out, 0, sizeof(*out));
    if (address->is_ipv6) {
        struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)out;
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons((uint16_t)address->port);
        inet_pton(AF_INET6, address->host, &v6->sin6_addr);
        return;
    }
    struct sockaddr_in *v4 = (struct sockaddr_in *)out;
    v4->sin_family = AF_INET;
    v4->sin_port = htons((uint16_t)address->port);
    inet_pton(AF_INET, address->host, &v4->sin_addr);
}

enum error_code wire_server_open(const struct wire_server_options *options,
                                 struct wire_server **out, struct error *err)
{
    struct wire_server *server = memory_new(1, sizeof(*server));
    struct sockaddr_storage address;
    unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG |
                     (options->address.is_ipv6 ? MHD_USE_IPv6 : 0);
    server->options = *options;
    fill_address(&options->address, &address);
    server->daemon = MHD_start_daemon(
        flags, 0, NULL, NULL, on_request, server, MHD_OPTION_SOCK_ADDR, (struct sockaddr *)&address,
        MHD_OPTION_EXTERNAL_LOGGER, be_quiet, NULL, MHD_OPTION_URI_LOG_CALLBACK, on_target, server,
        MHD_OPTION_UNESCAPE_CALLBACK, keep_escapes, NULL, MHD_OPTION_NOTIFY_COMPLETED, on_end,
        server, MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MAX,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_S, MHD_OPTION_END);
    if (server->daemon == NULL) {
        memory_free(server);
        return error_set(err, E_IO,
                         "cannot listen on %s, port %d: is something else listening there? Choose "
                         "another with --listen",
                         options->address.host, options->address.port);
    }
    const union MHD_DaemonInfo *info =
        MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_BIND_PORT);
    server->port = info != NULL ? info->port : options->address.port;
    server->start_ms = clock_steady_ms() - transport_now_ms(options->wire);
    *out = server;
    return E_OK;
}

int wire_server_port(const struct wire_server *server)
{
    return server->port;
}

static void hold(const struct wire_server *server, bool locked)
{
    void (*function)(void *) = locked ? server->options.lock : server->options.unlock;
    if (function != NULL)
        function(server->options.context);
}

/* What is due on the clock, then what came in. */
static void turn(struct wire_server *server)
{
    hold(server, true);
    wire_transport_advance(server->options.wire, clock_steady_ms() - server->start_ms);
    MHD_run(server->daemon);
    hold(server, false);
}

static int wait_ms(const struct wire_server *server)
{
    MHD_UNSIGNED_LONG_LONG limit = 0;
    int64_t due_ms = wire_transport_next_ms(server->options.wire);
    int64_t wait = WAIT_MS;
    if (due_ms != INT64_MAX) {
        int64_t left = due_ms - (clock_steady_ms() - server->start_ms);
        wait = left < 0 ? 0 : left < wait ? left : wait;
    }
    if (MHD_get_timeout(server->daemon, &limit) == MHD_YES && limit < (uint64_t)wait)
        wait = (int64_t)limit;
    return (int)wait;
}

void wire_server_run(struct wire_server *server, bool (*stop)(void *context), void *context)
{
    const union MHD_DaemonInfo *info =
        MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    struct pollfd poll_fd = {.fd = info->epoll_fd, .events = POLLIN};
    while (!stop(context)) {
        hold(server, true);
        int wait = wait_ms(server);
        hold(server, false);
        (void)poll(&poll_fd, 1, wait);
        turn(server);
    }
}

void wire_server_close(struct wire_server *server)
{
    if (server == NULL)
        return;
    /* Everything outstanding is answered, so that no connection stays suspended. */
    hold(server, true);
    transport_close(server->options.transport);
    while (transport_step(server->options.transport, transport_now_ms(server->options.transport)))
        continue;
    MHD_run(server->daemon);
    MHD_stop_daemon(server->daemon);
    transport_open(server->options.transport);
    hold(server, false);
    memory_free(server);
}
