/* `sim`: a simulated account behind an HTTP port. */
#include "base/file.h"
#include "base/limits.h"
#include "base/log.h"
#include "cloud/sim/wire_server.h"
#include "cloud/sim/wire_transport.h"
#include "command/command.h"
#include "command/print_findings.h"
#include "command/print_text.h"
#include "command/run_signals.h"
#include "http/faults.h"
#include "http/replay.h"
#include "scenario/scenario.h"

#include <unistd.h>

#include "base/banned.h"

enum { SPEED_MAX = 100000, LATENCY_MAX_MS = 60000, MINUTE_MS = 60000 };

static const struct option option_table[] = {
    {.name = "--listen",
     .kind = OPTION_TEXT,
     .value = "HOST:PORT",
     .help = "where; port 0 is any free one",
     .fallback = "127.0.0.1:4566"},
    {.name = "--speed",
     .kind = OPTION_TEXT,
     .value = "FACTOR",
     .help = "how fast the account's time goes: 60x, 0.5x; 0: it stands still",
     .fallback = "1x"},
    {.name = "--latency",
     .kind = OPTION_DURATION,
     .value = "TIME",
     .help = "how long each answer takes",
     .fallback = "25ms",
     .low = 0,
     .high = LATENCY_MAX_MS},
    {.name = "--faults",
     .kind = OPTION_FILE,
     .value = "FILE",
     .help = "what goes wrong with requests: a fault a line"},
    {.name = "--seed",
     .kind = OPTION_COUNT,
     .value = "N",
     .help = "another day of the same kind: in place of the scenario's seed",
     .low = 0,
     .high = INT64_MAX},
    {.name = "--log", .kind = OPTION_FLAG, .help = "a line for each request on standard error"},
    {0},
};

struct sim {
    const struct arguments *arguments;
    struct arena arena;
    struct wire_address address;
    double speed; /* below 0: it stands still */
    struct scenario *scenario;
    struct sim_world *world;
    struct transport *wire;
    struct transport *faults; /* NULL: none */
    struct wire_server *server;
    int64_t fixed_shift_ms;
};

static void release(struct sim *sim)
{
    wire_server_close(sim->server);
    transport_free(sim->faults);
    transport_free(sim->wire);
    sim_world_free(sim->world);
    arena_release(&sim->arena);
}

/* "60x", "60", "0.5x"; 0 is "stands still". */
static bool read_speed(struct str text, double *out)
{
    double speed = 0;
    if (str_ends(text, STR("x")))
        text = str_slice(text, 0, text.len - 1);
    if (!str_to_double(text, &speed) || !(speed >= 0 && speed <= SPEED_MAX))
        return false;
    *out = speed == 0 ? -1 : speed;
    return true;
}

static bool load_scenario(struct sim *sim)
{
    const struct arguments *arguments = sim->arguments;
    struct findings findings = {0};
    const struct option_value *seed = arguments_get(arguments, "--seed");
    const struct scenario_options options = {.has_seed = seed->given,
                                             .seed = (uint64_t)seed->number};
    sim->scenario = arguments->operand_count > 0
                        ? scenario_load(&sim->arena, arguments->operands[0], &options, &findings)
                        : scenario_load_text(&sim->arena, STR(QUICK_START_SCENARIO_FILE),
                                             quick_start_scenario, &options, &findings);
    print_findings(findings.items.items, findings.items.count);
    return sim->scenario != NULL;
}

/* The account's now is the caller's, whatever the scenario's date and speed, so that whoever asks
 * for the last minutes gets them. Whole minutes, so that periods stay where they are; and never
 * ahead of the caller's clock. */
static int64_t shift_ms(void *context)
{
    const struct sim *sim = context;
    if (sim->speed == 1)
        return sim->fixed_shift_ms;
    int64_t ahead_ms = clock_wall_ms() - sim_world_now_ms(sim->world);
    int64_t rest_ms = ahead_ms % MINUTE_MS;
    return ahead_ms - (rest_ms < 0 ? rest_ms + MINUTE_MS : rest_ms);
}

static void tell_request(void *context, const struct http_request *request, int status)
{
    struct str operation = http_request_operation(request);
    size_t at = str_find_str(request->url, STR("://"));
    (void)context;
    struct str path = str_slice(request->url, at + 3, request->url.len);
    path = str_slice(path, str_find(path, '/'), path.len);
    if (operation.len == 0)
        operation = path;
    if (status > 0)
        log_line(LOG_INFO, STR_NONE, "%.*s %.*s %d", STR_ARG(request->method), STR_ARG(operation),
                 status);
    else
        log_line(LOG_INFO, STR_NONE, "%.*s %.*s no answer", STR_ARG(request->method),
                 STR_ARG(operation));
}

static enum error_code read_faults(struct sim *sim, struct error *err)
{
    const struct option_value *option = arguments_get(sim->arguments, "--faults");
    struct buf text CLEANUP(buf_release) = BUF_INIT(LIMIT_FAULTS_FILE_BYTES);
    struct fault *faults = NULL;
    size_t count = 0;
    if (!option->given)
        return E_OK;
    enum error_code code = file_read(option->text, &text, err);
    if (code == E_OK)
        code =
            faults_read(&sim->arena, str_from(option->text), buf_str(&text), &faults, &count, err);
    if (code == E_OK)
        sim->faults = faults_new(sim->wire, faults, count);
    return code;
}

static enum error_code open_account(struct sim *sim, struct error *err)
{
    const struct wire_transport_options wire = {
        .world = sim->world,
        .latency_ms = arguments_get(sim->arguments, "--latency")->number,
        .speed = sim->speed,
        .shift_ms = shift_ms,
        .context = sim,
    };
    sim->wire = wire_transport_new(&wire);
    enum error_code code = read_faults(sim, err);
    if (code != E_OK)
        return code;
    const struct wire_server_options options = {
        .address = sim->address,
        .transport = sim->faults != NULL ? sim->faults : sim->wire,
        .wire = sim->wire,
        .seen = arguments_get(sim->arguments, "--log")->given ? tell_request : NULL,
        .context = sim,
    };
    return wire_server_open(&options, &sim->server, err);
}

static void print_address(const struct wire_address *address, int port)
{
    printf(address->is_ipv6 ? "http://[%s]:%d" : "http://%s:%d", address->host, port);
}

static void print_start(const struct sim *sim)
{
    const struct sim_spec *spec = &sim->scenario->spec;
    int port = wire_server_port(sim->server);
    printf("A simulated account of %zu cluster%s listens at ", spec->cluster_count,
           spec->cluster_count == 1 ? "" : "s");
    print_address(&sim->address, port);
    printf("\n\n  export AWS_ENDPOINT_URL=");
    print_address(&sim->address, port);
    printf("\n  export AWS_REGION=%.*s AWS_DEFAULT_REGION=%.*s\n",
           STR_ARG(spec->clusters[0].region), STR_ARG(spec->clusters[0].region));
    printf("  export AWS_ACCESS_KEY_ID=any AWS_SECRET_ACCESS_KEY=any\n\n");
    printf("Ctrl-C ends it.\n");
    fflush(stdout);
}

static bool is_asked_to_stop(void *context)
{
    (void)context;
    return signals_count() > 0;
}

static int serve(struct sim *sim)
{
    struct error err = ERROR_INIT;
    int64_t ahead_ms = clock_wall_ms() - sim->scenario->spec.start_ms;
    sim->world = sim_world_new(&sim->scenario->spec);
    sim->fixed_shift_ms = ahead_ms - ahead_ms % MINUTE_MS - (ahead_ms < 0 ? MINUTE_MS : 0);
    if (open_account(sim, &err) != E_OK) {
        log_error(LOG_ERROR, STR_NONE, &err);
        return error_exit_status(err.code);
    }
    if (!sim->address.is_loopback)
        log_line(LOG_WARNING, STR_NONE,
                 "others on the network can reach %s: nothing here checks who asks",
                 sim->address.host);
    print_start(sim);
    wire_server_run(sim->server, is_asked_to_stop, NULL);
    return 0;
}

static int run(const struct arguments *arguments)
{
    struct sim sim = {.arguments = arguments};
    struct error err = ERROR_INIT;
    const struct log_options log = {
        .level = LOG_INFO, .colour = print_style_of(stderr).colour, .fd = STDERR_FILENO};
    const char *speed = arguments_get(arguments, "--speed")->text;
    log_setup(&log);
    if (!read_speed(str_from(speed), &sim.speed))
        return command_usage_error(arguments->command,
                                   "option '--speed' takes a factor like 60x, at most %dx, not "
                                   "'%s'",
                                   SPEED_MAX, speed);
    if (wire_address_parse(str_from(arguments_get(arguments, "--listen")->text), &sim.address,
                           &err) != E_OK)
        return command_usage_error(arguments->command, "option '--listen': %s", err.message);
    signals_watch();
    int status = load_scenario(&sim) ? serve(&sim) : 1;
    release(&sim);
    return status;
}

const struct command command_sim = {
    .name = "sim",
    .summary = "a simulated account behind an HTTP port, for the program, boto3 and the AWS CLI",
    .operands = "[SCENARIO]",
    .operands_max = 1,
    .options = option_table,
    .description =
        "Plays a scenario (without one: the quick start's) and answers what AWS and the\n"
        "metric endpoints would: ECS, Auto Scaling, CloudWatch and STS, and the HTTP\n"
        "documents of the scenario's services. Point a client at it with AWS_ENDPOINT_URL;\n"
        "any key will do, signatures are not checked.\n\n"
        "The account's now is yours: who asks for the last five minutes gets the last five\n"
        "minutes of the simulation, whatever its date and speed. With --speed 0 its time\n"
        "stands still until somebody sends it on: POST /_sim/advance, with a time as body.\n\n"
        "Only this machine can reach it, unless --listen says otherwise.\n",
    .examples = "  ecs-autoscale sim\n"
                "  ecs-autoscale sim scenario.yml --speed 60x --listen 127.0.0.1:4566\n",
    .run = run,
};
