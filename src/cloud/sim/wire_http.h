/* What the wire front answers to GETs: the world's HTTP metric documents, and a page that says what
 * there is. Private to src/cloud/sim. */
#ifndef CLOUD_SIM_WIRE_HTTP_H
#define CLOUD_SIM_WIRE_HTTP_H

#include "cloud/sim/wire.h"

/* The path of a URL, absolute or a path itself, without its query; "/" where it has none. */
struct str wire_url_path(struct str url);

/* POST /_sim/advance, a time ("60s") as body: sends the world on, a day at most. */
bool wire_is_advance(const struct http_request *http);
void wire_advance_answer(struct sim_world *world, const struct wire_request *request,
                         struct wire_response *response);

void wire_document_answer(const struct sim_world *world, const struct wire_request *request,
                          struct wire_response *response);

#endif
