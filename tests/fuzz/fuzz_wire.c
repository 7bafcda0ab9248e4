/* Any request to a simulated account. The first byte chooses how: a JSON operation, a form, CBOR or
 * a document; up to the first line's end: the operation, the form's first part or the path; then
 * the body. What comes out has to be readable by the program's own parsers. */
#include "../unit/sim_account.h"
#include "base/json.h"
#include "cloud/aws/xml.h"
#include "cloud/sim/wire.h"
#include "tests_fuzz.h"

#include <stdlib.h>

#include "base/banned.h"

static void check(const struct wire_response *response, bool is_xml, bool is_json)
{
    struct arena arena = ARENA_INIT;
    struct error err = ERROR_INIT;
    struct xml_node *root = NULL;
    json_t *json CLEANUP(json_release) = NULL;
    struct str body = buf_str(&response->body);
    if (response->status < 200 || response->status > 599)
        abort();
    if (is_json && json_parse(body, &json, &err) != E_OK)
        abort();
    if (is_xml && xml_parse(&arena, body, &root, &err) != E_OK)
        abort();
    arena_release(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const services[] = {"ecs", "autoscaling", "monitoring", "sts"};
    static struct sim_world *world;
    static int requests;
    struct str text = {.ptr = (const char *)data, .len = size};
    unsigned first = size > 0 ? data[0] : 0;
    struct str rest = str_slice(text, 1, text.len);
    size_t end = str_find(rest, '\n');
    struct str head = str_slice(rest, 0, end);
    struct arena arena = ARENA_INIT;
    /* A fresh one now and then: an hour of it takes longer than a hundred requests. */
    if (requests++ % 100 == 0) {
        sim_world_free(world);
        world = sim_world_new(&sim_account_spec);
        sim_world_advance(world, sim_world_now_ms(world) + 3600000);
    }
    bool is_json = first % 4 == 0;
    bool is_cbor = first % 4 == 2;
    bool is_document = first % 4 == 3;
    const char *target = first / 16 % 2 == 0 ? "AmazonEC2ContainerServiceV20141113"
                                             : "GraniteServiceVersion20100801";
    struct http_header header = {STR("x-amz-target"),
                                 arena_printf(&arena, "%s.%.*s", target, STR_ARG(head))};
    struct http_signing signing = {.region = STR("eu-west-1"),
                                   .service = str_from(services[first / 4 % 4])};
    struct http_request http = {
        .method = is_document ? STR("GET") : STR("POST"),
        .url = is_document ? head
               : is_cbor   ? arena_printf(&arena, "/service/%s/operation/%.*s",
                                          "GraniteServiceVersion20100801", STR_ARG(head))
                           : STR("/"),
        .headers = &header,
        .header_count = is_json ? 1 : 0,
        .has_body = true,
        .body = is_json || is_cbor ? str_slice(rest, end + 1, rest.len) : rest,
        .signing = &signing,
    };
    struct wire_request request = {.http = &http, .number = first};
    struct wire_response response;
    wire_answer(world, &request, &response);
    check(&response, !is_json && !is_cbor && !is_document, is_json);
    wire_response_release(&response);
    arena_release(&arena);
    return 0;
}
