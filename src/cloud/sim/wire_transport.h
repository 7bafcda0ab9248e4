/* The lower seam on a simulated account, in one process: requests are answered by wire_answer() on
 * the world's own virtual clock, each after a latency, so that the whole production stack (client,
 * retries, parsing) runs on simulated time. The order of events is fixed: the same requests at the
 * same times give the same answers.
 *
 * A request is carried out when half its latency is over, and answered when all of it is.
 * Its wall clock (transport_wall_ms) is the world's. http/faults.h wraps it like any other. */
#ifndef CLOUD_SIM_WIRE_TRANSPORT_H
#define CLOUD_SIM_WIRE_TRANSPORT_H

#include "cloud/sim/wire.h"
#include "http/transport.h"

struct wire_transport_options {
    struct sim_world *world; /* borrowed; must outlive the transport */
    int64_t latency_ms;      /* of each answer, on the transport's clock */
    double speed;            /* how much faster the world's clock goes than the transport's;
                                0: as fast (1). Below 0: the world stands still */
    int64_t (*shift_ms)(void *context); /* NULL, or wire_request.shift_ms of a request */
    void *context;
};

struct transport *wire_transport_new(const struct wire_transport_options *options);

/* For who waits for something else than this transport: lets everything happen that is due until
 * that time of its clock, and sets the clock to it. Earlier than now does nothing. */
void wire_transport_advance(struct transport *transport, int64_t to_ms);
/* When the next thing is due on its clock; INT64_MAX where nothing is outstanding. */
int64_t wire_transport_next_ms(const struct transport *transport);

#endif
