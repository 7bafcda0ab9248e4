/* In a program that is linked statically. */
#include "cloud/sim/wire_server.h"

#include "base/banned.h"

enum error_code wire_address_parse(struct str text, struct wire_address *out, struct error *err)
{
    (void)text;
    *out = (struct wire_address){.host = "127.0.0.1", .is_loopback = true};
    (void)err;
    return E_OK;
}

enum error_code wire_server_open(const struct wire_server_options *options,
                                 struct wire_server **out, struct error *err)
{
    (void)options;
    (void)out;
    return error_set(err, E_IO,
                     "this program was linked statically and has no HTTP server: build it with "
                     "'make' for 'sim' and 'demo'");
}

int wire_server_port(const struct wire_server *server)
{
    (void)server;
    return 0;
}

void wire_server_run(struct wire_server *server, bool (*stop)(void *context), void *context)
{
    (void)server;
    (void)stop;
    (void)context;
}

void wire_server_close(struct wire_server *server)
{
    (void)server;
}
