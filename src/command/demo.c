/* `demo`: a simulated day of the quick start's cluster, scaled by the normal program over HTTP. */
#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "command/command.h"
#include "command/demo_account.h"
#include "command/demo_view.h"
#include "command/output.h"
#include "command/print_simulation.h"
#include "command/run_signals.h"
#include "report/report.h"
#include "simulate/clairvoyant.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/banned.h"

enum { HOUR_MS = 3600000, TEXT_BYTES = 256 * 1024 };

static const struct option option_table[] = {
    {.name = "--seconds",
     .kind = OPTION_COUNT,
     .value = "N",
     .help = "how long the day takes, if the machine keeps up",
     .fallback = "60",
     .low = 0,
     .high = 86400},
    {.name = "--hours",
     .kind = OPTION_COUNT,
     .value = "N",
     .help = "how much of the day is played",
     .fallback = "24",
     .low = 1,
     .high = 24},
    {.name = "--report",
     .kind = OPTION_FILE,
     .value = "FILE",
     .help = "where the report goes",
     .fallback = "ecs-autoscale-demo.html"},
    {.name = "--plain", .kind = OPTION_FLAG, .help = "lines instead of a picture"},
    {0},
};

struct demo {
    const struct arguments *arguments;
    struct arena arena;
    const struct scenario *scenario;
    const struct definition *definition; /* once the port is known */
    struct sim_world *world;             /* while it is played */
    struct demo_account *account;
    struct demo_view *view;
    int64_t begin_ms; /* steady */
    int64_t seconds;
    struct error err; /* why it could not begin */
    struct policy_result policy;
    struct simulation_result result;
};

/* ---- What is played ---- */

static bool load_scenario(struct demo *demo)
{
    struct findings findings = {0};
    const struct scenario_options options = {
        .length_ms = arguments_get(demo->arguments, "--hours")->number * HOUR_MS};
    demo->scenario = scenario_load_text(&demo->arena, STR(QUICK_START_SCENARIO_FILE),
                                        quick_start_scenario, &options, &findings);
    return demo->scenario != NULL;
}

/* The definition's variables: the metric's host is the simulated account. */
static bool look_up(void *context, struct str name, struct str *value)
{
    struct demo *demo = context;
    if (!str_eq(name, STR("QUEUE_HOST")))
        *value = STR("demo");
    else
        *value = arena_printf(&demo->arena, "127.0.0.1:%d", demo_account_port(demo->account));
    return true;
}

static bool load_definition(struct demo *demo)
{
    struct loaded loaded = {0};
    const struct load_options options = {.lookup = look_up, .lookup_context = demo};
    definition_load_text(&demo->arena, STR(QUICK_START_DEFINITION_FILE), quick_start_definition,
                         &options, &loaded);
    demo->definition = loaded.files.count > 0 ? loaded.files.items[0].definition : NULL;
    if (demo->definition == NULL)
        error_set(&demo->err, E_DEFINITION, "the embedded definition is broken");
    return demo->definition != NULL;
}

/* ---- Playing it ---- */

static struct cloud *open_cloud(void *context, struct sim_world *world)
{
    struct demo *demo = context;
    demo->world = world;
    if (demo_account_open(world, &demo->account, &demo->err) != E_OK || !load_definition(demo))
        return NULL;
    const struct demo_view_options view = {
        .scenario = demo->scenario,
        .plain = arguments_get(demo->arguments, "--plain")->given,
    };
    demo->view = demo_view_new(&view);
    demo->begin_ms = clock_steady_ms();
    return demo_account_cloud(demo->account);
}

static void close_cloud(void *context, struct cloud *cloud)
{
    struct demo *demo = context;
    (void)cloud;
    if (demo->view != NULL)
        demo_view_draw(demo->view, demo->world, true);
    demo_account_close(demo->account);
    demo->account = NULL;
}

static void before_pass(void *context)
{
    demo_account_hold(((struct demo *)context)->account, false);
}

/* Waits until this pass's time of the whole; the picture is drawn meanwhile. */
static void keep_pace(struct demo *demo)
{
    int64_t simulated_ms = sim_world_now_ms(demo->world) - demo->scenario->spec.start_ms;
    int64_t due_ms =
        demo->begin_ms + (int64_t)((double)demo->seconds * 1000 * (double)simulated_ms /
                                   (double)demo->scenario->length_ms);
    int64_t wait_ms = due_ms - clock_steady_ms();
    if (wait_ms > 0)
        signals_sleep(wait_ms);
}

static void after_pass(void *context, const struct pass *pass)
{
    struct demo *demo = context;
    demo_account_hold(demo->account, true);
    demo_view_pass(demo->view, pass);
    demo_view_draw(demo->view, demo->world, false);
    keep_pace(demo);
}

static void on_minute(void *context)
{
    struct demo *demo = context;
    demo_view_minute(demo->view, demo->world);
}

static bool is_asked_to_stop(void *context)
{
    (void)context;
    return signals_count() > 0;
}

static void play(struct demo *demo)
{
    const struct simulate_options options = {
        .scenario = demo->scenario,
        .definitions = &demo->definition,
        .definition_count = 1,
        .name = STR("quick start"),
        .stop = is_asked_to_stop,
        .context = demo,
        .account = {.open = open_cloud,
                    .close = close_cloud,
                    .before_pass = before_pass,
                    .after_pass = after_pass,
                    .minute = on_minute},
    };
    simulate_policy(&demo->arena, &options, &demo->policy);
    demo->result = (struct simulation_result){
        .scenario = demo->scenario,
        .step_ms = simulate_step_ms(demo->scenario->length_ms),
        .point_count = simulate_point_count(demo->scenario->length_ms),
        .policies = &demo->policy,
        .policy_count = 1,
        .ratios = ARENA_ARRAY(&demo->arena, struct ratio_result, 1),
        .interrupted = demo->policy.simulated_ms < demo->scenario->length_ms,
        .clairvoyant = {.reason = STR("interrupted")},
    };
    if (demo->result.interrupted || demo->definition == NULL)
        return;
    const struct clairvoyant_options ahead = {.scenario = demo->scenario,
                                              .definitions = &demo->definition,
                                              .definition_count = 1,
                                              .policy = &demo->policy};
    clairvoyant_solve(&demo->arena, &ahead, &demo->result.clairvoyant, &demo->result.ratios[0]);
}

/* ---- What is left of it ---- */

static bool write_report(struct demo *demo, const char *path)
{
    struct buf json CLEANUP(buf_release) = BUF_INIT(LIMIT_SIMULATION_JSON_BYTES);
    struct buf page CLEANUP(buf_release) = BUF_INIT(LIMIT_SIMULATION_JSON_BYTES);
    result_write_json(&demo->result, &json);
    report_html(buf_str(&json), &page);
    FILE *file = fopen(path, "we");
    bool is_fine = file != NULL && fwrite(page.ptr, 1, page.len, file) == page.len;
    is_fine = (file == NULL || fclose(file) == 0) && is_fine;
    if (!is_fine) {
        struct error err = ERROR_INIT;
        error_set(&err, E_IO, "the report cannot be written to '%s': %s", path, strerror(errno));
        log_error(LOG_ERROR, STR_NONE, &err);
    }
    return is_fine;
}

static void print_next(const char *report, struct buf *out)
{
    if (report != NULL)
        buf_addf(out, "\nThe day in pictures, with the reason of every decision: %s\n", report);
    buf_add(out,
            STR("\nNext, with your own account:\n"
                "  clusters/YOUR_CLUSTER.yml    what to scale, by which metrics (see README)\n"
                "  ecs-autoscale validate       what is wrong with it\n"
                "  ecs-autoscale run --dry-run  what would change, and why; changes nothing\n"
                "  ecs-autoscale simulate       try other definitions on this day\n"
                "  ecs-autoscale sim            this account behind a port, for boto3, AWS CLI\n"));
}

static int finish(struct demo *demo)
{
    struct buf text CLEANUP(buf_release) = BUF_INIT(TEXT_BYTES);
    const char *path = arguments_get(demo->arguments, "--report")->text;
    bool has_report = write_report(demo, path);
    print_simulation(&demo->result, print_style_of(stdout), &text);
    print_next(has_report ? path : NULL, &text);
    output_write(&text);
    return has_report ? 0 : 1;
}

static int run(const struct arguments *arguments)
{
    struct demo demo = {.arguments = arguments,
                        .arena = ARENA_INIT,
                        .seconds = arguments_get(arguments, "--seconds")->number,
                        .err = ERROR_INIT};
    const struct log_options log = {.level = LOG_WARNING, .fd = STDERR_FILENO};
    log_setup(&log);
    signals_watch();
    int status = 1;
    if (load_scenario(&demo))
        play(&demo);
    demo_view_end(demo.view);
    if (demo.err.code != E_OK)
        log_error(LOG_ERROR, STR_NONE, &demo.err);
    else if (demo.scenario != NULL)
        status = finish(&demo);
    arena_release(&demo.arena);
    return status;
}

const struct command command_demo = {
    .name = "demo",
    .summary = "see it work: a day of a simulated cluster in a minute, no account needed",
    .options = option_table,
    .description =
        "Starts a simulated AWS account on a free port of this machine, with the quick\n"
        "start's cluster in a day with a burst in it, and scales it with the normal\n"
        "program: the same passes, over HTTP, as 'run' makes them on AWS. Nothing else is\n"
        "needed, and nothing outside of this machine is asked for anything.\n\n"
        "On a terminal it shows the load, the queue, tasks, instances and how full they\n"
        "are, and each decision with its reason; elsewhere (or with --plain) a line for\n"
        "each. At the end it sums up the day and writes a report to be opened in a browser.\n"
        "Ctrl-C ends the day early.\n",
    .examples = "  ecs-autoscale demo\n"
                "  ecs-autoscale demo --plain --seconds 0 --hours 2\n",
    .run = run,
};
