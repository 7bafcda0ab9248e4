/* The wire front on a socket: an HTTP/1.1 server (libmicrohttpd) that hands every request to a
 * transport of this process (a wire_transport, perhaps with faults around it) and its answer back.
 * What the transport fails with (a time-out, a reset) closes the connection without an answer.
 *
 * One thread at a time: everything, the world included, is touched from within wire_server_run
 * only; where another thread looks at the world, `lock` and `unlock` keep them apart. */
#ifndef CLOUD_SIM_WIRE_SERVER_H
#define CLOUD_SIM_WIRE_SERVER_H

#include "http/transport.h"

struct wire_server;

struct wire_address {
    char host[64]; /* numeric */
    int port;
    bool is_ipv6;
    bool is_loopback;
};

/* "127.0.0.1:4566", "[::1]:4566", "localhost:4566", ":4566" (of 127.0.0.1); port 0 is any free one.
 * E_SYNTAX. */
NODISCARD enum error_code wire_address_parse(struct str text, struct wire_address *out,
                                             struct error *err);

struct wire_server_options {
    struct wire_address address;
    struct transport *transport; /* answers; borrowed */
    struct transport *wire; /* the wire_transport inside it, whose clock goes on in real time */
    void (*lock)(void *context); /* NULL: nobody else */
    void (*unlock)(void *context);
    void (*seen)(void *context, const struct http_request *request, int status); /* NULL, or a log;
                                                         status 0: no answer was given */
    void *context;
};

/* Listens from here on. E_IO where it cannot. */
NODISCARD enum error_code wire_server_open(const struct wire_server_options *options,
                                           struct wire_server **out, struct error *err);
int wire_server_port(const struct wire_server *server);
/* Serves until `stop` says so (asked at least ten times a second). */
void wire_server_run(struct wire_server *server, bool (*stop)(void *context), void *context);
void wire_server_close(struct wire_server *server); /* may be NULL */

#endif
