/* `ecs-autoscale fetch-trace`: CloudWatch's history of a metric as a trace for `simulate`. */
#include "command/command.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "cloud/aws/config.h"
#include "command/output.h"
#include "document/schema.h"
#include "pass/account.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

enum { ROW_BYTES = 64, DIMENSIONS_MAX = 30, MINUTE_MS = 60000 };
static const int64_t day_ms = INT64_C(86400000);

static const struct option options[] = {
    {.name = "--cluster",
     .kind = OPTION_TEXT,
     .value = "NAME",
     .help = "a cluster of ECS: the dimension ClusterName"},
    {.name = "--service",
     .kind = OPTION_TEXT,
     .value = "NAME",
     .help = "a service in it: its AWS/ECS CPUUtilization, unless a metric is named"},
    {.name = "--queue",
     .kind = OPTION_TEXT,
     .value = "NAME",
     .help = "an SQS queue: the messages sent to it"},
    {.name = "--target-group",
     .kind = OPTION_TEXT,
     .value = "ID",
     .help = "a load balancer's (targetgroup/web/0123…): the requests to it"},
    {.name = "--namespace", .kind = OPTION_TEXT, .value = "NAME", .help = "a metric's namespace"},
    {.name = "--metric", .kind = OPTION_TEXT, .value = "NAME", .help = "its name"},
    {.name = "--dimension",
     .kind = OPTION_LIST,
     .value = "NAME=VALUE",
     .help = "its dimensions, all of them"},
    {.name = "--statistic",
     .kind = OPTION_TEXT,
     .value = "NAME",
     .help = "Sum, Average, Maximum, p99, …; of a Sum the rate a second is written"},
    {.name = "--period",
     .kind = OPTION_DURATION,
     .value = "TIME",
     .help = "a row every so often; else the shortest that CloudWatch still has",
     .low = 60000,
     .high = INT64_C(86400000)},
    {.name = "--since",
     .kind = OPTION_TEXT,
     .value = "TIME",
     .help = "from so long ago (14d), or from a time (2026-03-02T00:00:00Z) on",
     .fallback = "14d"},
    {.name = "--until",
     .kind = OPTION_TEXT,
     .value = "TIME",
     .help = "up to so long ago, or to a time; else up to now"},
    {.name = "--region",
     .kind = OPTION_TEXT,
     .value = "REGION",
     .help = "else AWS_REGION or the profile's"},
    {.name = "--profile",
     .kind = OPTION_TEXT,
     .value = "NAME",
     .help = "the profile in ~/.aws to use; else AWS_PROFILE"},
    {.name = "--output",
     .kind = OPTION_FILE,
     .value = "FILE",
     .help = "where to write it; else to standard output"},
    {0},
};

/* What a shorthand stands for. A later row with an option that is given wins. */
struct shorthand {
    const char *option;
    const char *dimension;
    const char *namespace_;
    const char *metric;
    const char *statistic;
};
static const struct shorthand shorthands[] = {
    {"--cluster", "ClusterName", "AWS/ECS", "CPUUtilization", "Average"},
    {"--service", "ServiceName", "AWS/ECS", "CPUUtilization", "Average"},
    {"--queue", "QueueName", "AWS/SQS", "NumberOfMessagesSent", "Sum"},
    {"--target-group", "TargetGroup", "AWS/ApplicationELB", "RequestCount", "Sum"},
};

/* What is asked for, and the answer. */
struct fetching {
    struct arena arena;
    const struct arguments *arguments;
    struct dimension_definition dimensions[DIMENSIONS_MAX];
    struct query query;
    int64_t now_ms;
};

static const char *text_of(const struct fetching *fetching, const char *name)
{
    const struct option_value *value = arguments_get(fetching->arguments, name);
    return value->given ? value->text : NULL;
}

/* ---- what to ask ---- */

static bool add_dimension(struct fetching *fetching, struct str name, struct str value)
{
    struct statistic_query *statistic = &fetching->query.statistic;
    if (statistic->dimension_count == DIMENSIONS_MAX || name.len == 0 || value.len == 0)
        return false;
    fetching->dimensions[statistic->dimension_count++] =
        (struct dimension_definition){.name = {name, name}, .value = {value, value}};
    return true;
}

static int fill_dimensions(struct fetching *fetching)
{
    struct statistic_query *statistic = &fetching->query.statistic;
    const struct option_value *given = arguments_get(fetching->arguments, "--dimension");
    const struct command *command = fetching->arguments->command;
    if (text_of(fetching, "--service") != NULL && text_of(fetching, "--cluster") == NULL)
        return command_usage_error(command, "option '--service' needs '--cluster'");
    for (size_t i = 0; i < ARRAY_LEN(shorthands); i++) {
        const struct shorthand *shorthand = &shorthands[i];
        const char *value = text_of(fetching, shorthand->option);
        if (value == NULL)
            continue;
        if (!add_dimension(fetching, str_from(shorthand->dimension), str_from(value)))
            return command_usage_error(command, "option '%s' takes a name", shorthand->option);
        statistic->namespace_ = str_from(shorthand->namespace_);
        statistic->metric_name = str_from(shorthand->metric);
        statistic->statistic = str_from(shorthand->statistic);
    }
    for (size_t i = 0; i < given->item_count; i++) {
        struct str text = str_from(given->items[i]);
        size_t equals = str_find(text, '=');
        if (!add_dimension(fetching, str_slice(text, 0, equals),
                           str_slice(text, equals + 1, text.len)))
            return command_usage_error(command, "option '--dimension' takes NAME=VALUE, at most %d",
                                       DIMENSIONS_MAX);
    }
    statistic->dimensions = fetching->dimensions;
    return 0;
}

static void take_text(const struct fetching *fetching, const char *option, struct str *to)
{
    const char *text = text_of(fetching, option);
    if (text != NULL)
        *to = str_from(text);
}

static int fill_metric(struct fetching *fetching)
{
    struct statistic_query *statistic = &fetching->query.statistic;
    const struct command *command = fetching->arguments->command;
    take_text(fetching, "--namespace", &statistic->namespace_);
    take_text(fetching, "--metric", &statistic->metric_name);
    take_text(fetching, "--statistic", &statistic->statistic);
    if (statistic->statistic.len == 0)
        statistic->statistic = STR("Average");
    const struct {
        const char *option;
        struct str value;
        enum schema_format format;
    } rows[] = {
        {"--namespace", statistic->namespace_, FORMAT_NAMESPACE},
        {"--metric", statistic->metric_name, FORMAT_SOME},
        {"--statistic", statistic->statistic, FORMAT_STATISTIC},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct schema_format_info *format = schema_format_info(rows[i].format);
        if (rows[i].value.len == 0)
            return command_usage_error(command, "name a metric: '--namespace' and '--metric', or "
                                                "'--cluster' and '--service', '--queue', "
                                                "'--target-group'");
        if (!format->matches(rows[i].value))
            return command_usage_error(command, "option '%s' takes %s", rows[i].option,
                                       format->rule);
    }
    return 0;
}

/* "14d" (ago) or a time. */
static bool read_moment(const struct fetching *fetching, const char *text, int64_t *ms)
{
    int64_t ago_ms = 0;
    if (clock_parse_duration(str_from(text), &ago_ms)) {
        *ms = fetching->now_ms - ago_ms;
        return true;
    }
    return clock_parse(str_from(text), ms);
}

/* CloudWatch keeps minutes for 15 days, five minutes for 63, hours for 455. */
static int64_t period_of(const struct fetching *fetching, int64_t start_ms)
{
    const struct option_value *given = arguments_get(fetching->arguments, "--period");
    if (given->given)
        return given->number / 1000;
    int64_t age_ms = fetching->now_ms - start_ms;
    return age_ms < 15 * day_ms ? 60 : age_ms < 63 * day_ms ? 300 : 3600;
}

static int fill_window(struct fetching *fetching)
{
    struct statistic_query *statistic = &fetching->query.statistic;
    const struct command *command = fetching->arguments->command;
    const char *until = text_of(fetching, "--until");
    int64_t start_ms = 0;
    int64_t end_ms = fetching->now_ms;
    if (!read_moment(fetching, arguments_get(fetching->arguments, "--since")->text, &start_ms))
        return command_usage_error(command, "option '--since' takes 14d or 2026-03-02T00:00:00Z");
    if (until != NULL && !read_moment(fetching, until, &end_ms))
        return command_usage_error(command, "option '--until' takes 1d or 2026-03-02T00:00:00Z");
    statistic->period_s = period_of(fetching, start_ms);
    if (statistic->period_s % 60 != 0)
        return command_usage_error(command, "option '--period' takes whole minutes");
    int64_t period_ms = statistic->period_s * 1000;
    statistic->start_ms = start_ms - start_ms % period_ms;
    statistic->end_ms = end_ms - end_ms % period_ms;
    if (statistic->end_ms <= statistic->start_ms)
        return command_usage_error(command, "there is no whole period between '--since' and "
                                            "'--until'");
    return 0;
}

/* ---- asking ---- */

static void answered(struct query *query)
{
    (void)query; /* the answer is in it */
}

static bool ask(struct fetching *fetching, struct account *account, struct error *err)
{
    enum { DEADLINE_MS = 10 * MINUTE_MS };
    struct query *query = &fetching->query;
    query->kind = QUERY_STATISTIC;
    query->arena = &fetching->arena;
    query->region = account->region;
    query->done = answered;
    cloud_ask(account->cloud, query);
    cloud_run(account->cloud, cloud_now_ms(account->cloud) + DEADLINE_MS);
    if (query->fact.status == FACT_FAILED) {
        *err = query->err;
        return false;
    }
    if (query->datapoint_count == 0) {
        error_set(err, E_MISSING,
                  "CloudWatch has no %.*s of %.*s %.*s with these dimensions in that time",
                  STR_ARG(query->statistic.statistic), STR_ARG(query->statistic.namespace_),
                  STR_ARG(query->statistic.metric_name));
        return false;
    }
    return true;
}

/* ---- writing ---- */

static int compare_points(const void *a, const void *b)
{
    const struct datapoint *left = a;
    const struct datapoint *right = b;
    return left->timestamp_ms < right->timestamp_ms   ? -1
           : left->timestamp_ms > right->timestamp_ms ? 1
                                                      : 0;
}

/* Of a sum the rate: so it can be a load as it stands. */
static void write_rows(struct fetching *fetching, struct buf *out)
{
    struct query *query = &fetching->query;
    bool is_sum = str_eq(query->statistic.statistic, STR("Sum"));
    double unit = is_sum ? (double)query->statistic.period_s : 1;
    qsort(query->datapoints, query->datapoint_count, sizeof(*query->datapoints), compare_points);
    buf_addf(out, "timestamp,%s\n", is_sum ? "per_second" : "value");
    for (size_t i = 0; i < query->datapoint_count; i++) {
        char when[CLOCK_TEXT_SIZE];
        clock_format(query->datapoints[i].timestamp_ms, false, when);
        buf_addf(out, "%s,%.10g\n", when, query->datapoints[i].value / unit);
    }
}

static void close_stream(FILE **stream)
{
    if (*stream != NULL)
        fclose(*stream);
}

static bool write_file(const char *path, const struct buf *text)
{
    FILE *file CLEANUP(close_stream) = fopen(path, "we");
    bool is_fine = file != NULL && fwrite(buf_cstr(text), 1, text->len, file) == text->len &&
                   fflush(file) == 0;
    if (!is_fine)
        log_line(LOG_ERROR, STR_NONE, "cannot write '%s': %s", path, strerror(errno));
    return is_fine;
}

static bool write_trace(struct fetching *fetching)
{
    struct buf text CLEANUP(buf_release) = BUF_INIT((size_t)LIMIT_DATAPOINTS * ROW_BYTES);
    const char *path = text_of(fetching, "--output");
    write_rows(fetching, &text);
    if (path == NULL) {
        output_write(&text);
        return true;
    }
    if (!write_file(path, &text))
        return false;
    log_line(LOG_INFO, STR_NONE, "%zu rows written to '%s'", fetching->query.datapoint_count, path);
    return true;
}

static int fetch(struct fetching *fetching, struct account *account)
{
    struct error err = ERROR_INIT;
    const struct account_options account_options = {
        .region = text_of(fetching, "--region"),
        .profile = text_of(fetching, "--profile"),
    };
    enum error_code code = account_open(account, &account_options, &err);
    if (code == E_OK && account->region.len == 0)
        code = error_set(&err, E_REGION,
                         "no region: give --region, or set AWS_REGION or the profile's region");
    if (code == E_OK && !ask(fetching, account, &err))
        code = err.code;
    if (code != E_OK) {
        log_error(LOG_ERROR, STR_NONE, &err);
        return error_exit_status(code);
    }
    return write_trace(fetching) ? 0 : 1;
}

static int run(const struct arguments *arguments)
{
    struct fetching fetching = {
        .arena = ARENA_INIT, .arguments = arguments, .now_ms = clock_wall_ms()};
    const char *region = text_of(&fetching, "--region");
    if (region != NULL && !aws_region_is_valid(str_from(region)))
        return command_usage_error(arguments->command,
                                   "option '--region' takes a region like eu-west-1, not '%s'",
                                   region);
    int status = fill_dimensions(&fetching);
    if (status == 0)
        status = fill_metric(&fetching);
    if (status == 0)
        status = fill_window(&fetching);
    if (status == 0) {
        struct account account CLEANUP(account_release) = {0};
        status = fetch(&fetching, &account);
    }
    arena_release(&fetching.arena);
    return status;
}

const struct command command_fetch_trace = {
    .name = "fetch-trace",
    .summary = "write a metric's history as a trace for 'simulate'",
    .options = options,
    .description =
        "Asks CloudWatch for the history of a metric (GetMetricData, all pages) and writes it\n"
        "as CSV, a row a period: timestamp,per_second for a Sum, else timestamp,value. That is\n"
        "what a scenario's 'trace' and simulate's --trace read. Needs the permission\n"
        "cloudwatch:GetMetricData and nothing else.\n\n"
        "CloudWatch keeps minutes for 15 days, five minutes for 63 days, hours for 455.\n",
    .examples = "  ecs-autoscale fetch-trace --queue celery --since 7d --output celery.csv\n"
                "  ecs-autoscale fetch-trace --cluster my_cluster --service backend\n",
    .run = run,
};
