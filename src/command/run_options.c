#include "command/run_options.h"

#include "base/limits.h"
#include "command/print_text.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/banned.h"

const struct option run_option_table[] = {
    {.name = "--definitions",
     .kind = OPTION_FOLDER,
     .value = "DIR",
     .help = "the folder of definitions (or one file)",
     .fallback = "clusters"},
    {.name = "--cluster",
     .kind = OPTION_LIST,
     .value = "NAME",
     .help = "only these clusters of the folder"},
    {.name = "--dry-run", .kind = OPTION_FLAG, .help = "say what would change, change nothing"},
    {.name = "--json", .kind = OPTION_FLAG, .help = "one JSON object a cluster, on one line"},
    {.name = "--record",
     .kind = OPTION_FILE,
     .value = "FILE",
     .help = "append what was seen, decided and done (see 'replay')"},
    {.name = "--region",
     .kind = OPTION_TEXT,
     .value = "REGION",
     .help = "for definitions without one; else AWS_REGION or the profile's"},
    {.name = "--profile",
     .kind = OPTION_TEXT,
     .value = "NAME",
     .help = "the profile in ~/.aws to use; else AWS_PROFILE"},
    {.name = "--every",
     .kind = OPTION_DURATION,
     .value = "TIME",
     .help = "repeat until SIGINT or SIGTERM, a pass every 60s, 5m, …",
     .low = 1000,
     .high = INT64_C(86400) * 1000},
    {.name = "--deadline",
     .kind = OPTION_DURATION,
     .value = "TIME",
     .help = "when a pass ends at the latest",
     .fallback = "60s",
     .low = 1000,
     .high = INT64_C(3600) * 1000},
    {.name = "--parallel",
     .kind = OPTION_COUNT,
     .value = "N",
     .help = "requests in flight at the same time, at most",
     .fallback = "32",
     .low = 1,
     .high = LIMIT_PARALLEL_MAX},
    {.name = "--log-level",
     .kind = OPTION_CHOICE,
     .value = "LEVEL",
     .help = "debug, info, warning or error; else LOG_LEVEL, else info",
     .choices = "debug|info|warning|error"},
    {.name = "--log-format",
     .kind = OPTION_CHOICE,
     .value = "FORMAT",
     .help = "text, or one JSON object a line",
     .fallback = "text",
     .choices = "text|json"},
    {0},
};

static enum log_level level_of(const struct arguments *arguments)
{
    enum log_level level = LOG_INFO;
    const struct option_value *option = arguments_get(arguments, "--log-level");
    struct str name = option->given ? str_from(option->text) : str_from(getenv("LOG_LEVEL"));
    if (!log_level_from_name(name, &level) && name.len > 0)
        fprintf(stderr,
                "ecs-autoscale: LOG_LEVEL is none of debug, info, warning, error: it is info\n");
    return level;
}

void run_options_from(const struct arguments *arguments, struct run_options *options)
{
    const struct option_value *clusters = arguments_get(arguments, "--cluster");
    const struct option_value *record = arguments_get(arguments, "--record");
    const struct option_value *region = arguments_get(arguments, "--region");
    const struct option_value *profile = arguments_get(arguments, "--profile");
    *options = (struct run_options){
        .definitions = arguments_get(arguments, "--definitions")->text,
        .clusters = clusters->items,
        .cluster_count = clusters->item_count,
        .dry_run = arguments_get(arguments, "--dry-run")->given,
        .json = arguments_get(arguments, "--json")->given,
        .record = record->given ? record->text : NULL,
        .region = region->given ? region->text : NULL,
        .profile = profile->given ? profile->text : NULL,
        .deadline_ms = arguments_get(arguments, "--deadline")->number,
        .every_ms = arguments_get(arguments, "--every")->number,
        .parallel = (int)arguments_get(arguments, "--parallel")->number,
        .log_level = level_of(arguments),
    };
    struct str format = str_from(arguments_get(arguments, "--log-format")->text);
    bool known = log_format_from_name(format, &options->log_format);
    const struct log_options log = {
        .level = options->log_level,
        .format = known ? options->log_format : LOG_FORMAT_TEXT,
        .colour = print_style_of(stderr).colour,
        .fd = STDERR_FILENO,
    };
    log_setup(&log);
}

bool run_options_ask_for(const struct run_options *options, struct str cluster)
{
    for (size_t i = 0; i < options->cluster_count; i++) {
        if (str_eq(cluster, str_from(options->clusters[i])))
            return true;
    }
    return options->cluster_count == 0;
}
