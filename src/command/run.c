/* `ecs-autoscale run`: passes over a folder of definitions, once or every so often. */
#include "command/command.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "cloud/aws/config.h"
#include "command/progress.h"
#include "command/run_options.h"
#include "command/run_report.h"
#include "command/run_signals.h"
#include "definition/load.h"
#include "pass/account.h"
#include "pass/lock.h"
#include "pass/pass.h"

#include <string.h>
#include <unistd.h>

#include "base/banned.h"

/* One load of the folder: what of it takes part in the pass. */
struct selection {
    struct arena arena;
    struct loaded loaded;
    const struct definition **definitions;
    size_t definition_count;
    bool has_errors; /* of the clusters asked for */
};

static bool has_cluster(const struct loaded *loaded, struct str cluster)
{
    for (size_t i = 0; i < loaded->files.count; i++) {
        if (str_eq(loaded->files.items[i].cluster, cluster))
            return true;
    }
    return false;
}

/* Loads the folder, says what is wrong with it, picks what was asked for. False: nothing can run.
 */
static bool load(const struct run_options *options, struct selection *selection)
{
    struct error err = ERROR_INIT;
    struct loaded *loaded = &selection->loaded;
    if (definitions_load(&selection->arena, options->definitions, NULL, loaded, &err) != E_OK) {
        log_error(LOG_ERROR, STR_NONE, &err);
        return false;
    }
    for (size_t i = 0; i < options->cluster_count; i++) {
        struct str name = str_from(options->clusters[i]);
        if (has_cluster(loaded, name))
            continue;
        log_line(LOG_ERROR, name, "no definition of that cluster in '%s'", options->definitions);
        selection->has_errors = true;
    }
    selection->definitions =
        ARENA_ARRAY(&selection->arena, const struct definition *, loaded->files.count);
    for (size_t i = 0; i < loaded->files.count; i++) {
        const struct loaded_file *file = &loaded->files.items[i];
        if (!run_options_ask_for(options, file->cluster))
            continue;
        report_findings(loaded, file, options->log_format);
        if (file->definition != NULL)
            selection->definitions[selection->definition_count++] = file->definition;
        else
            selection->has_errors = true;
    }
    return true;
}

static bool give_up(void *context)
{
    (void)context;
    return signals_count() > 1;
}

/* Prints, logs and records what a pass did; false where something of that, or the pass, failed. */
static bool account_for(const struct run_options *options, const struct selection *selection,
                        const struct pass *pass)
{
    bool is_fine = !selection->has_errors;
    report_pass(options, &selection->loaded, pass);
    if (options->record != NULL && !report_record(options->record, pass))
        is_fine = false;
    for (size_t i = 0; i < pass->cluster_count; i++)
        is_fine = is_fine && !pass_cluster_failed(&pass->clusters[i]);
    return is_fine;
}

static bool run_once(const struct run_options *options, struct account *account)
{
    struct selection selection = {.arena = ARENA_INIT};
    bool is_fine = load(options, &selection);
    if (is_fine) {
        int64_t margin_ms = options->deadline_ms / 10; /* for the answers of what was begun */
        const struct pass_options pass_options = {
            .cloud = account->cloud,
            .definitions = selection.definitions,
            .definition_count = selection.definition_count,
            .default_region = account->region,
            .apply = !options->dry_run,
            .deadline_ms = cloud_now_ms(account->cloud) + options->deadline_ms,
            .apply_margin_ms = margin_ms,
            .stop = give_up,
        };
        struct pass pass;
        progress_begin(account->cloud, selection.definition_count);
        pass_run(&pass_options, &pass);
        progress_end(account->cloud);
        is_fine = account_for(options, &selection, &pass);
        pass_release(&pass);
    }
    arena_release(&selection.arena);
    return is_fine;
}

/* Passes at whole multiples of the interval from the first, so that a long one shifts nothing. */
static bool run_repeatedly(const struct run_options *options, struct account *account)
{
    int64_t next_ms = clock_steady_ms();
    bool is_fine = true;
    while (signals_count() == 0) {
        is_fine = run_once(options, account);
        int64_t now_ms = clock_steady_ms();
        while (next_ms <= now_ms)
            next_ms += options->every_ms;
        signals_sleep(next_ms - now_ms);
    }
    log_line(LOG_INFO, STR_NONE, "asked to stop: no pass is running any more");
    return is_fine;
}

static int run(const struct arguments *arguments)
{
    struct run_options options;
    struct lock lock CLEANUP(lock_release) = LOCK_INIT;
    struct account account CLEANUP(account_release) = {0};
    struct error err = ERROR_INIT;
    run_options_from(arguments, &options);
    if (options.region != NULL && !aws_region_is_valid(str_from(options.region)))
        return command_usage_error(arguments->command,
                                   "option '--region' takes a region like eu-west-1, not '%s'",
                                   options.region);
    signals_watch();
    const struct account_options account_options = {
        .region = options.region,
        .profile = options.profile,
        .parallel = options.parallel,
    };
    if (account_open(&account, &account_options, &err) != E_OK ||
        (!options.dry_run && lock_take(&lock, options.definitions, account.region, &err) != E_OK)) {
        log_error(LOG_ERROR, STR_NONE, &err);
        return error_exit_status(err.code);
    }
    bool is_fine =
        options.every_ms > 0 ? run_repeatedly(&options, &account) : run_once(&options, &account);
    return is_fine ? 0 : 1;
}

const struct command command_run = {
    .name = "run",
    .summary = "scale the clusters that are defined: one pass, or one every so often",
    .options = run_option_table,
    .description =
        "Reads a folder of definitions (one YAML file a cluster), looks at the clusters on\n"
        "AWS and at their metrics, decides, and scales services and instances. With\n"
        "--dry-run the last step is left out: it prints what would change, and why.\n\n"
        "What it did goes to standard output, one block a cluster (--json: one JSON object a\n"
        "cluster and line); the log goes to standard error.\n\n"
        "One cluster's trouble never touches another: what is wrong is named, the others go\n"
        "on, and the exit status is 1. Nothing is scaled in on facts that are missing.\n\n"
        "With --every the program goes on until SIGINT or SIGTERM; the pass in hand is then\n"
        "finished (after a second signal nothing is added to what is on its way to AWS), and\n"
        "definitions are read again before each pass. A lock keeps two passes over the same\n"
        "folder and region apart.\n",
    .examples = "  ecs-autoscale run --dry-run\n"
                "  ecs-autoscale run --definitions clusters --cluster my_cluster\n"
                "  ecs-autoscale run --every 60s --log-format json --record passes.jsonl\n",
    .run = run,
};
