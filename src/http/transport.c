#include "http/transport.h"

#include "base/banned.h"

void transport_run(struct transport *t, int64_t deadline_ms)
{
    while (transport_now_ms(t) < deadline_ms) {
        if (!transport_step(t, deadline_ms))
            return;
    }
    transport_close(t);
    while (transport_step(t, transport_now_ms(t)))
        continue;
    transport_open(t);
}

struct str http_response_header(const struct http_response *response, struct str name)
{
    for (size_t i = 0; i < response->header_count; i++) {
        if (str_eq_nocase(response->headers[i].name, name))
            return response->headers[i].value;
    }
    return STR_NONE;
}
