/* `ecs-autoscale simulate [SCENARIO.yml]`: definitions tried on a simulated account. */
#include "command/command.h"

#include "base/limits.h"
#include "base/log.h"
#include "command/output.h"
#include "command/print_findings.h"
#include "command/print_simulation.h"
#include "command/run_signals.h"
#include "command/simulate_progress.h"
#include "report/report.h"
#include "simulate/clairvoyant.h"
#include "simulate/sweep.h"

#include <errno.h>
#include <string.h>

#include "base/banned.h"

enum { TEXT_BYTES = 16 * 1024 * 1024 };

static const struct option options[] = {
    {.name = "--definitions",
     .kind = OPTION_FOLDER,
     .value = "DIR",
     .help = "the definitions to try (or one file); else those that the scenario names"},
    {.name = "--against",
     .kind = OPTION_FOLDER,
     .value = "DIR",
     .help = "others, to be put beside them"},
    {.name = "--seed",
     .kind = OPTION_COUNT,
     .value = "N",
     .help = "another seed than the scenario's",
     .low = 0,
     .high = INT64_C(999999999999)},
    {.name = "--length",
     .kind = OPTION_DURATION,
     .value = "TIME",
     .help = "another length than the scenario's",
     .low = 60000,
     .high = LIMIT_SIMULATION_MINUTES * INT64_C(60000)},
    {.name = "--trace",
     .kind = OPTION_LIST,
     .value = "SERVICE=FILE",
     .help = "a CSV file in place of a service's load"},
    {.name = "--sweep",
     .kind = OPTION_LIST,
     .value = "PATH=FROM..TO:STEP",
     .help = "and variants of the definitions, as worker.events[0].min=2..20:2"},
    {.name = "--html",
     .kind = OPTION_FILE,
     .value = "FILE",
     .help = "write a report to look at: one page that needs nothing else"},
    {.name = "--json", .kind = OPTION_FLAG, .help = "print the result as one JSON document"},
    {0},
};

/* Everything of one run of the command. */
struct simulation {
    struct arena arena;
    const struct arguments *arguments;
    const struct scenario *scenario;
    const char *path; /* of the definitions; NULL: the embedded ones */
    struct simulation_result result;
};

static bool must_stop(void *context)
{
    (void)context;
    return signals_count() > 0;
}

/* ---- loading ---- */

static bool read_traces(struct simulation *simulation, struct scenario_options *scenario_options)
{
    const struct option_value *given = arguments_get(simulation->arguments, "--trace");
    struct scenario_trace *traces =
        ARENA_ARRAY(&simulation->arena, struct scenario_trace, given->item_count + 1);
    for (size_t i = 0; i < given->item_count; i++) {
        struct str text = str_from(given->items[i]);
        size_t equals = str_find(text, '=');
        if (equals == 0 || equals + 1 >= text.len)
            return false;
        traces[i] = (struct scenario_trace){.service = str_slice(text, 0, equals),
                                            .path = given->items[i] + equals + 1};
    }
    scenario_options->traces = traces;
    scenario_options->trace_count = given->item_count;
    return true;
}

static bool load_scenario(struct simulation *simulation,
                          const struct scenario_options *scenario_options)
{
    struct arena *arena = &simulation->arena;
    const struct arguments *arguments = simulation->arguments;
    struct findings findings = {0};
    simulation->scenario =
        arguments->operand_count > 0
            ? scenario_load(arena, arguments->operands[0], scenario_options, &findings)
            : scenario_load_text(arena, STR(QUICK_START_SCENARIO_FILE), quick_start_scenario,
                                 scenario_options, &findings);
    print_findings(findings.items.items, findings.items.count);
    return simulation->scenario != NULL;
}

static bool load_path(struct arena *arena, const char *path, struct loaded *loaded,
                      struct error *err)
{
    if (path != NULL)
        return scenario_definitions(arena, path, loaded, err) == E_OK;
    scenario_definitions_text(arena, STR(QUICK_START_DEFINITION_FILE), quick_start_definition,
                              loaded);
    return true;
}

/* The definitions of a policy. `path` NULL: the embedded ones. */
static bool load_definitions(struct simulation *simulation, const char *path,
                             struct simulate_options *policy)
{
    struct arena *arena = &simulation->arena;
    struct error err = ERROR_INIT;
    struct loaded loaded = {0};
    if (!load_path(arena, path, &loaded, &err)) {
        log_error(LOG_ERROR, STR_NONE, &err);
        return false;
    }
    const struct definition **definitions =
        ARENA_ARRAY(arena, const struct definition *, loaded.files.count);
    bool is_fine = loaded.error_count == 0;
    struct findings findings = {0};
    for (size_t i = 0; i < loaded.files.count; i++) {
        const struct definition *definition = loaded.files.items[i].definition;
        if (definition == NULL)
            continue;
        is_fine = scenario_match(arena, simulation->scenario, definition, &findings) && is_fine;
        definitions[policy->definition_count++] = definition;
    }
    print_findings(loaded.diagnostics.items, loaded.diagnostics.count);
    print_findings(findings.items.items, findings.items.count);
    policy->definitions = definitions;
    policy->name = path != NULL ? str_from(path) : STR("quick start");
    return is_fine;
}

/* ---- playing ---- */

static void play(struct simulation *simulation, const struct simulate_options *policies,
                 size_t count)
{
    struct simulation_result *result = &simulation->result;
    const struct scenario *scenario = simulation->scenario;
    *result = (struct simulation_result){
        .scenario = scenario,
        .step_ms = simulate_step_ms(scenario->length_ms),
        .point_count = simulate_point_count(scenario->length_ms),
        .policies = ARENA_ARRAY(&simulation->arena, struct policy_result, count),
        .ratios = ARENA_ARRAY(&simulation->arena, struct ratio_result, count),
    };
    for (size_t i = 0; i < count && !result->interrupted; i++) {
        struct simulate_options policy = policies[i];
        simulate_progress_begin(&policy, i, count);
        simulate_policy(&simulation->arena, &policy, &result->policies[i]);
        simulate_progress_end();
        result->policy_count++;
        result->interrupted = result->policies[i].simulated_ms < scenario->length_ms;
    }
}

/* Shown is the clairvoyant within the first policy's bounds. */
static void look_ahead(struct simulation *simulation, const struct simulate_options *policies)
{
    struct simulation_result *result = &simulation->result;
    if (result->interrupted) {
        result->clairvoyant.reason = STR("interrupted");
        return;
    }
    for (size_t i = 0; i < result->policy_count; i++) {
        struct clairvoyant_result of_this;
        const struct clairvoyant_options ahead = {
            .scenario = simulation->scenario,
            .definitions = policies[i].definitions,
            .definition_count = policies[i].definition_count,
            .policy = &result->policies[i],
        };
        clairvoyant_solve(&simulation->arena, &ahead, &of_this, &result->ratios[i]);
        if (i == 0)
            result->clairvoyant = of_this;
    }
}

/* ---- a sweep ---- */

static bool load_variant(void *context, struct arena *arena, struct definition ***definitions,
                         size_t *count)
{
    const struct simulation *simulation = context;
    struct loaded loaded = {0};
    struct error err;
    if (!load_path(arena, simulation->path, &loaded, &err) || loaded.error_count > 0)
        return false;
    *definitions = ARENA_ARRAY(arena, struct definition *, loaded.files.count);
    *count = loaded.files.count;
    for (size_t i = 0; i < loaded.files.count; i++)
        (*definitions)[i] = loaded.files.items[i].definition;
    return true;
}

static bool parse_axes(struct simulation *simulation, struct sweep_options *sweep,
                       struct error *err)
{
    const struct option_value *given = arguments_get(simulation->arguments, "--sweep");
    struct sweep_axis *axes =
        ARENA_ARRAY(&simulation->arena, struct sweep_axis, given->item_count + 1);
    for (size_t i = 0; i < given->item_count; i++) {
        if (sweep_axis_parse(str_from(given->items[i]), &axes[i], err) != E_OK)
            return false;
    }
    size_t count = 0;
    sweep->axes = axes;
    sweep->axis_count = given->item_count;
    return sweep_count(sweep, &count, err) == E_OK && sweep_check(sweep, err) == E_OK;
}

/* False: it was reported. */
static bool sweep(struct simulation *simulation, const struct sweep_options *wanted)
{
    struct error err = ERROR_INIT;
    bool is_whole = true;
    if (simulation->result.interrupted || wanted->axis_count == 0)
        return true;
    enum error_code code =
        sweep_run(&simulation->arena, wanted, &simulation->result, &is_whole, &err);
    simulate_progress_end();
    if (code != E_OK)
        log_error(LOG_ERROR, STR_NONE, &err);
    simulation->result.interrupted = !is_whole;
    return code == E_OK;
}

/* ---- the result ---- */

static void close_stream(FILE **stream)
{
    if (*stream != NULL)
        fclose(*stream);
}

/* False: it was reported. */
static bool write_report(const struct simulation *simulation, const struct buf *json)
{
    const char *path = arguments_get(simulation->arguments, "--html")->text;
    struct buf page CLEANUP(buf_release) = BUF_INIT(2 * (size_t)LIMIT_SIMULATION_JSON_BYTES);
    report_html(buf_str(json), &page);
    FILE *file CLEANUP(close_stream) = fopen(path, "wbe");
    bool is_fine =
        file != NULL && fwrite(buf_cstr(&page), 1, page.len, file) == page.len && fflush(file) == 0;
    if (!is_fine)
        fprintf(stderr, "ecs-autoscale simulate: cannot write '%s': %s\n", path, strerror(errno));
    return is_fine && !page.overflowed;
}

static bool print(const struct simulation *simulation)
{
    const struct arguments *arguments = simulation->arguments;
    bool has_report = arguments_get(arguments, "--html")->given;
    bool as_json = arguments_get(arguments, "--json")->given;
    struct buf json CLEANUP(buf_release) = BUF_INIT(LIMIT_SIMULATION_JSON_BYTES);
    struct buf text CLEANUP(buf_release) = BUF_INIT(TEXT_BYTES);
    if (as_json || has_report)
        result_write_json(&simulation->result, &json);
    if (!as_json) {
        print_simulation(&simulation->result, print_style_of(stdout), &text);
        print_sweep(&simulation->result, &text);
    }
    output_write(as_json ? &json : &text);
    if (text.overflowed || json.overflowed)
        fprintf(stderr, "ecs-autoscale simulate: the result is too large to print\n");
    bool is_written = !has_report || write_report(simulation, &json);
    return is_written && !text.overflowed && !json.overflowed;
}

static int play_all(struct simulation *simulation)
{
    const struct option_value *against = arguments_get(simulation->arguments, "--against");
    struct error err = ERROR_INIT;
    struct simulate_options policies[2] = {
        {.scenario = simulation->scenario, .stop = must_stop},
        {.scenario = simulation->scenario, .stop = must_stop},
    };
    struct sweep_options sweep_options = {
        .scenario = simulation->scenario,
        .load = load_variant,
        .stop = must_stop,
        .progress = simulate_progress_sweep,
        .context = simulation,
    };
    if (!load_definitions(simulation, simulation->path, &policies[0]) ||
        (against->given && !load_definitions(simulation, against->text, &policies[1])))
        return 1;
    if (!parse_axes(simulation, &sweep_options, &err)) {
        error_prefix(&err, "--sweep: ");
        log_error(LOG_ERROR, STR_NONE, &err);
        return error_exit_status(err.code);
    }
    signals_watch();
    play(simulation, policies, against->given ? 2 : 1);
    look_ahead(simulation, policies);
    bool is_fine = sweep(simulation, &sweep_options);
    return print(simulation) && is_fine && !simulation->result.interrupted ? 0 : 1;
}

static int simulate(struct simulation *simulation)
{
    const struct arguments *arguments = simulation->arguments;
    const struct option_value *seed = arguments_get(arguments, "--seed");
    const struct option_value *length = arguments_get(arguments, "--length");
    const struct option_value *given = arguments_get(arguments, "--definitions");
    struct scenario_options scenario_options = {
        .has_seed = seed->given,
        .seed = (uint64_t)seed->number,
        .length_ms = length->given ? length->number : 0,
    };
    if (!read_traces(simulation, &scenario_options))
        return command_usage_error(arguments->command, "option '--trace' takes SERVICE=FILE");
    if (!load_scenario(simulation, &scenario_options))
        return 1;
    simulation->path = given->given                   ? given->text
                       : arguments->operand_count > 0 ? simulation->scenario->definitions.ptr
                                                      : NULL;
    return play_all(simulation);
}

static int run(const struct arguments *arguments)
{
    struct simulation simulation = {.arena = ARENA_INIT, .arguments = arguments};
    int status = simulate(&simulation);
    arena_release(&simulation.arena);
    return status;
}

const struct command command_simulate = {
    .name = "simulate",
    .summary = "try definitions on a simulated account",
    .operands = "[SCENARIO.yml]",
    .operands_max = 1,
    .options = options,
    .description =
        "Plays a scenario (a simulated account with its load: docs/simulation.md) and makes\n"
        "passes over it by the code that 'run' uses, days in a moment. Says what it cost, how\n"
        "well the objectives held, and how often what was changed. Without a scenario it plays\n"
        "the quick start's day.\n\n"
        "Beside the costs stands what a policy that knows the load ahead would cost. --against "
        "puts\n"
        "two sets of definitions side by side; --sweep tries variants, over all cores, and marks\n"
        "those that none beats in cost and time outside the objectives.\n\n"
        "The same scenario, definitions and seed give the same result. Nothing is asked of AWS;\n"
        "an environment variable that is not set counts as its own name. After SIGINT it prints\n"
        "what it has, with exit status 1.\n",
    .examples = "  ecs-autoscale simulate\n"
                "  ecs-autoscale simulate --seed 7 --json\n"
                "  ecs-autoscale simulate --length 6h --sweep 'worker.events[1].min=10..30:10'\n"
                "  ecs-autoscale simulate --length 6h --html report.html\n",
    .run = run,
};
