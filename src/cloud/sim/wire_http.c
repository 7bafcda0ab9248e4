#include "cloud/sim/wire_http.h"

#include "base/clock.h"

#include "base/banned.h"

enum { ADVANCE_MAX_MS = 86400000 };

/* Of RabbitMQ's management plugin, whose queues the documents stand for. */
static const char not_found[] = "{\"error\":\"Object Not Found\",\"reason\":\"Not Found\"}\n";

struct str wire_url_path(struct str url)
{
    size_t scheme = str_find_str(url, STR("://"));
    struct str rest = str_slice(url, scheme < url.len ? scheme + 3 : 0, url.len);
    size_t end = 0;
    while (end < rest.len && rest.ptr[end] != '?' && rest.ptr[end] != '#')
        end++;
    rest = str_slice(rest, 0, end);
    rest = str_slice(rest, str_find(rest, '/'), rest.len);
    return rest.len > 0 ? rest : STR("/");
}

static void answer_text(struct wire_response *response, int status, const char *type,
                        struct str body)
{
    response->status = status;
    response->headers[response->header_count++] =
        (struct http_header){STR("Content-Type"), str_from(type)};
    buf_add(&response->body, body);
}

static void describe_cluster(const struct sim_cluster_spec *cluster, struct buf *body)
{
    buf_addf(body, "\ncluster %.*s (%.*s)\n", STR_ARG(cluster->name), STR_ARG(cluster->region));
    for (size_t i = 0; i < cluster->group_count; i++)
        buf_addf(body, "  Auto Scaling group %.*s\n", STR_ARG(cluster->groups[i].name));
    for (size_t i = 0; i < cluster->service_count; i++) {
        const struct sim_service_spec *service = &cluster->services[i];
        buf_addf(body, "  service %.*s\n", STR_ARG(service->name));
        if (service->http_url.len > 0)
            buf_addf(body, "    GET %.*s\n", STR_ARG(wire_url_path(service->http_url)));
    }
}

static void answer_overview(const struct sim_world *world, const struct wire_request *request,
                            struct wire_response *response)
{
    const struct sim_spec *spec = sim_world_spec(world);
    struct buf body CLEANUP(buf_release) = BUF_INIT(response->body.max);
    char now[CLOCK_TEXT_SIZE];
    clock_format(sim_world_now_ms(world) + request->shift_ms, false, now);
    buf_addf(&body, "The simulated account %.*s of ecs-autoscale, at %s.\n", STR_ARG(spec->account),
             now);
    for (size_t i = 0; i < spec->cluster_count; i++)
        describe_cluster(&spec->clusters[i], &body);
    answer_text(response, 200, "text/plain; charset=utf-8", buf_str(&body));
}

/* The service whose document it is: its URL may name a host that the request cannot know. */
static const struct sim_service_spec *find_service(const struct sim_spec *spec, struct str path)
{
    for (size_t i = 0; i < spec->cluster_count; i++) {
        const struct sim_cluster_spec *cluster = &spec->clusters[i];
        for (size_t k = 0; k < cluster->service_count; k++) {
            struct str url = cluster->services[k].http_url;
            if (url.len > 0 && str_eq(wire_url_path(url), path))
                return &cluster->services[k];
        }
    }
    return NULL;
}

bool wire_is_advance(const struct http_request *http)
{
    return str_eq(http->method, STR("POST")) &&
           str_eq(wire_url_path(http->url), STR("/_sim/advance"));
}

void wire_advance_answer(struct sim_world *world, const struct wire_request *request,
                         struct wire_response *response)
{
    int64_t ms = 0;
    char now[CLOCK_TEXT_SIZE];
    if (!clock_parse_duration(str_trim(request->http->body), &ms) || ms > ADVANCE_MAX_MS) {
        answer_text(response, 400, "text/plain",
                    STR("the body has to be a time of at most a day: 60s, 5m, 1d\n"));
        return;
    }
    sim_world_advance(world, sim_world_now_ms(world) + ms);
    clock_format(sim_world_now_ms(world) + request->shift_ms, true, now);
    answer_text(response, 200, "text/plain", arena_printf(&response->arena, "it is %s\n", now));
}

void wire_document_answer(const struct sim_world *world, const struct wire_request *request,
                          struct wire_response *response)
{
    struct str url = request->http->url;
    struct str path = wire_url_path(url);
    struct str body = STR_NONE;
    const struct sim_service_spec *service = find_service(sim_world_spec(world), path);
    if (service != NULL && sim_metrics_are_silent(world))
        answer_text(response, 503, "text/plain", STR("Service Unavailable\n"));
    else if (sim_http_read(world, url, &response->arena, &body) ||
             (service != NULL && sim_http_read(world, service->http_url, &response->arena, &body)))
        answer_text(response, 200, "application/json", body);
    else if (str_eq(path, STR("/")))
        answer_overview(world, request, response);
    else
        answer_text(response, 404, "application/json", str_from(not_found));
}
