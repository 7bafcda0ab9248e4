/* cloud/sim/wire_transport: the production stack on a simulated account and its clock. The cloud of
 * cloud/aws over the wire and the direct one of cloud/sim have to see and do the same, byte for
 * byte; and faults wrap the transport like any other. */
#include "unit.h"

#include "aws_environment.h"
#include "cloud/aws/aws.h"
#include "cloud/sim/cloud.h"
#include "cloud/sim/wire_transport.h"
#include "definition/load.h"
#include "http/faults.h"
#include "pass/pass.h"
#include "record/record.h"
#include "sim_account.h"

static const char definition_text[] =
    "autoscale_group: fleet\n"
    "cpu_buffer: 256\n"
    "mem_buffer: 256\n"
    "min: 1\n"
    "max: 5\n"
    "services:\n"
    "  worker:\n"
    "    min: 1\n"
    "    max: 12\n"
    "    metric_sources:\n"
    "      third_party:\n"
    "        - url: https://u:p@rabbit.example/api/queues/celery\n"
    "          statistics: [{name: messages_ready, alias: queue}]\n"
    "      cloudwatch:\n"
    "        - namespace: Shop\n"
    "          metric_name: Backlog\n"
    "          dimensions: [{name: Queue, value: celery}]\n"
    "          statistics: [{name: Maximum, alias: backlog}]\n"
    "    events:\n"
    "      - {metric: 'queue / max(running, 1)', action: 3, min: 5}\n"
    "      - {metric: backlog + queue, action: -1, max: 2}\n"
    "  backend:\n"
    "    min: 1\n"
    "    max: 9\n"
    "    metric_sources:\n"
    "      cloudwatch:\n"
    "        - metric_name: CPUUtilization\n"
    "          dimensions:\n"
    "            - {name: ClusterName, value: my_cluster}\n"
    "            - {name: ServiceName, value: backend}\n"
    "          statistics: [{name: Average, alias: cpu}, {name: p90, alias: peak}]\n"
    "    events:\n"
    "      - {metric: cpu, action: 1, min: 75}\n"
    "      - {metric: '(cpu + peak) / 2', action: -1, max: 40}\n"
    "  gone:\n"
    "    min: 1\n"
    "    max: 2\n"
    "    events: []\n";

struct stack {
    struct arena arena;
    struct sim_world *world;
    struct transport *wire;
    struct transport *faults; /* NULL: none */
    struct aws_client *client;
    struct cloud *cloud;
    struct loaded loaded;
    const struct definition *definition;
};

static struct aws_client *make_client(struct transport *transport)
{
    struct error err = ERROR_INIT;
    struct aws_client *client = NULL;
    aws_environment_clear();
    aws_environment_set("AWS_ACCESS_KEY_ID=AKIDEXAMPLE AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI "
                        "AWS_REGION=eu-west-1");
    struct aws_client_options options = {.transport = transport, .retry_jitter_fixed = true};
    if (aws_client_new(&options, &client, &err) != E_OK)
        fail_msg("%s", err.message);
    return client;
}

static void stack_init(struct stack *s)
{
    memset(s, 0, sizeof(*s));
    s->world = sim_world_new(&sim_account_spec);
    definition_load_text(&s->arena, STR("my_cluster.yml"), str_from(definition_text), NULL,
                         &s->loaded);
    assert_int_equal(s->loaded.error_count, 0);
    s->definition = s->loaded.files.items[0].definition;
}

static void stack_init_direct(struct stack *s)
{
    stack_init(s);
    struct sim_cloud_options options = {.world = s->world};
    s->cloud = cloud_sim_new(&options);
}

static void stack_init_wire(struct stack *s, int64_t latency_ms, const char *faults)
{
    struct error err = ERROR_INIT;
    struct fault *table = NULL;
    size_t count = 0;
    stack_init(s);
    struct wire_transport_options options = {.world = s->world, .latency_ms = latency_ms};
    s->wire = wire_transport_new(&options);
    assert_int_equal(faults_read(&s->arena, STR("faults"), str_from(faults), &table, &count, &err),
                     E_OK);
    s->faults = faults_new(s->wire, table, count);
    s->client = make_client(s->faults);
    s->cloud = cloud_aws_new(s->client, s->faults);
}

static void stack_release(struct stack *s)
{
    cloud_free(s->cloud);
    if (s->client != NULL)
        aws_client_free(s->client);
    transport_free(s->faults);
    transport_free(s->wire);
    sim_world_free(s->world);
    arena_release(&s->arena);
}

static void run_pass(struct stack *s, struct pass *pass)
{
    const struct pass_options options = {
        .cloud = s->cloud,
        .definitions = &s->definition,
        .definition_count = 1,
        .default_region = STR("eu-west-1"),
        .apply = true,
        .deadline_ms = cloud_now_ms(s->cloud) + 30000,
        .apply_margin_ms = 1000,
    };
    pass_run(&options, pass);
    assert_true(pass->clusters[0].is_finished);
}

static int compare_texts(const void *a, const void *b)
{
    return str_compare(*(const struct str *)a, *(const struct str *)b);
}

/* The record, and what was called: answers that all come at once have no order, and so no chain
 * of calls has a length. */
static struct str pass_text(struct arena *arena, const struct pass *pass)
{
    const struct pass_cluster *cluster = &pass->clusters[0];
    struct buf text CLEANUP(buf_release) = BUF_INIT(1 << 22);
    const struct record record = {.definition = cluster->definition,
                                  .snapshot = &cluster->snapshot,
                                  .plan = &cluster->plan,
                                  .outcomes = cluster->outcomes};
    record_write(&record, &text);
    size_t count = pass->log.calls.count;
    struct str *calls = ARENA_ARRAY(arena, struct str, count);
    for (size_t i = 0; i < count; i++) {
        const struct call_record *call = &pass->log.calls.items[i];
        calls[i] = arena_printf(arena, "%.*s %.*s %d %d", STR_ARG(call->service),
                                STR_ARG(call->operation), call->http_status, call->attempts);
    }
    qsort(calls, count, sizeof(*calls), compare_texts);
    for (size_t i = 0; i < count; i++)
        buf_addf(&text, "\n%.*s", STR_ARG(calls[i]));
    return arena_str(arena, buf_str(&text));
}

static size_t first_difference(struct str a, struct str b)
{
    size_t at = 0;
    while (at < a.len && at < b.len && a.ptr[at] == b.ptr[at])
        at++;
    return at;
}

/* 200 minutes: the queue's backlog brings instances in, the rest of the day takes them out. */
static void both_clouds_agree(void **state)
{
    (void)state;
    struct stack direct;
    struct stack wire;
    size_t actions = 0;
    stack_init_direct(&direct);
    stack_init_wire(&wire, 0, "");
    for (int minute = 1; minute <= 200; minute++) {
        struct pass a;
        struct pass b;
        int64_t to_ms = sim_account_spec.start_ms + minute * 60000LL;
        struct arena texts = ARENA_INIT;
        sim_world_advance(direct.world, to_ms);
        sim_world_advance(wire.world, to_ms);
        run_pass(&direct, &a);
        run_pass(&wire, &b);
        struct str left = pass_text(&texts, &a);
        struct str right = pass_text(&texts, &b);
        if (!str_eq(left, right)) {
            size_t at = first_difference(left, right);
            size_t from = at > 200 ? at - 200 : 0;
            fail_msg("minute %d differs at %zu:\ndirect: …%.*s…\nwire:   …%.*s…", minute, at,
                     STR_ARG(str_slice(left, from, at + 900)),
                     STR_ARG(str_slice(right, from, at + 900)));
        }
        actions += a.clusters[0].plan.actions.count;
        pass_release(&a);
        pass_release(&b);
        arena_release(&texts);
    }
    assert_true(actions > 5);
    stack_release(&direct);
    stack_release(&wire);
}

/* Latency, back-off and the deadline are all of the world's own time. */
static void time_is_the_worlds(void **state)
{
    (void)state;
    struct stack s;
    struct pass pass;
    stack_init_wire(&s, 40, "throttle operation=DescribeServices count=2\n");
    sim_world_advance(s.world, sim_account_spec.start_ms + 60000);
    int64_t before_ms = sim_world_now_ms(s.world);
    run_pass(&s, &pass);
    assert_int_equal(faults_acted(s.faults, 0), 2);
    assert_int_equal(pass.clusters[0].snapshot.services[0].fact.status, FACT_PRESENT);
    assert_int_equal(pass.now_ms, before_ms);
    int64_t spent_ms = sim_world_now_ms(s.world) - before_ms;
    assert_true(spent_ms >= 3 * 40 && spent_ms < 30000);
    pass_release(&pass);
    stack_release(&s);
}

/* Carried out, and the answer lost: the next pass sees what the first could not know. */
static void an_answer_is_lost(void **state)
{
    (void)state;
    struct stack s;
    struct pass pass;
    stack_init_wire(&s, 40, "lost operation=UpdateService count=1\n");
    sim_world_advance(s.world, sim_account_spec.start_ms + 5000);
    run_pass(&s, &pass);
    assert_true(pass.clusters[0].plan.actions.count > 0);
    int64_t wanted = pass.clusters[0].plan.services[0].target;
    pass_release(&pass);
    assert_int_equal(faults_acted(s.faults, 0), 1);
    struct service_facts facts;
    assert_true(sim_service_read(s.world, STR("eu-west-1"), STR("my_cluster"),
                                 s.definition->services[0].name.value, &s.arena, &facts));
    assert_int_equal(facts.desired, wanted);
    stack_release(&s);
}

struct deliveries {
    int count;
    enum error_code code;
    int status;
    bool may_have_arrived;
    int64_t at_ms;
    struct transport *transport;
};

static void on_response(void *context, const struct http_response *response)
{
    struct deliveries *d = context;
    d->count++;
    d->code = response->code;
    d->status = response->status;
    d->may_have_arrived = response->may_have_arrived;
    d->at_ms = transport_now_ms(d->transport);
}

/* What a transport promises of time-outs, limits and closing. */
static void it_keeps_the_seams_rules(void **state)
{
    (void)state;
    static const struct {
        int64_t timeout_ms;
        size_t max_bytes;
        bool close_before;
        bool close_after;
        enum error_code code;
        int64_t at_ms;
        bool may_have_arrived;
    } cases[] = {
        {0, 0, false, false, E_OK, 50, true},       {30, 0, false, false, E_TIMEOUT, 30, true},
        {20, 0, false, false, E_TIMEOUT, 20, true}, {0, 4, false, false, E_LIMIT, 50, true},
        {0, 0, true, false, E_DEADLINE, 0, false},  {0, 0, false, true, E_DEADLINE, 0, true},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct sim_world *world = sim_world_new(&sim_account_spec);
        struct wire_transport_options options = {.world = world, .latency_ms = 50};
        struct transport *t = wire_transport_new(&options);
        struct deliveries d = {.transport = t};
        struct http_request request = {.method = STR("GET"),
                                       .url = STR("http://any/api/queues/celery"),
                                       .timeout_ms = cases[i].timeout_ms,
                                       .max_body_bytes = cases[i].max_bytes};
        if (cases[i].close_before)
            transport_close(t);
        transport_send(t, &request, on_response, &d);
        assert_int_equal(d.count, 0);
        if (cases[i].close_after)
            transport_close(t);
        transport_run(t, 1000);
        assert_int_equal(d.count, 1);
        if (d.code != cases[i].code || d.at_ms != cases[i].at_ms ||
            d.may_have_arrived != cases[i].may_have_arrived)
            fail_msg("case %zu: %s at %lld", i, error_name(d.code), (long long)d.at_ms);
        assert_int_equal(d.status, cases[i].code == E_OK ? 200 : 0);
        transport_send(t, &request, on_response, &d); /* dropped with the transport */
        transport_free(t);
        assert_int_equal(d.count, 1);
        sim_world_free(world);
    }
}

static void the_world_goes_faster(void **state)
{
    (void)state;
    static const struct {
        double speed;
        int64_t world_ms;
    } cases[] = {{0, 1001}, {1, 1001}, {60, 60060}, {0.3, 300}, {-1, 0}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct sim_world *world = sim_world_new(&sim_account_spec);
        struct wire_transport_options options = {.world = world, .speed = cases[i].speed};
        struct transport *t = wire_transport_new(&options);
        int64_t start_ms = sim_world_now_ms(world);
        assert_true(wire_transport_next_ms(t) == INT64_MAX);
        for (int64_t at = 1; at <= 1001; at += 10)
            wire_transport_advance(t, at);
        assert_int_equal(transport_now_ms(t), 1001);
        assert_int_equal(sim_world_now_ms(world) - start_ms, cases[i].world_ms);
        assert_int_equal(transport_wall_ms(t), sim_world_now_ms(world));
        transport_free(t);
        sim_world_free(world);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_clouds_agree),     cmocka_unit_test(time_is_the_worlds),
        cmocka_unit_test(an_answer_is_lost),     cmocka_unit_test(it_keeps_the_seams_rules),
        cmocka_unit_test(the_world_goes_faster),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
