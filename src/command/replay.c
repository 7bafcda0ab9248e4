/* `ecs-autoscale replay`: decides again from records of earlier passes. */
#include "command/command.h"

#include "base/clock.h"
#include "base/limits.h"
#include "command/output.h"
#include "command/print_findings.h"
#include "command/replay_report.h"
#include "decide/decide.h"
#include "definition/load.h"
#include "record/rebind.h"
#include "record/record.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

enum { CHUNK_BYTES = 64 * 1024 };

static const struct option options[] = {
    {.name = "--definitions",
     .kind = OPTION_FOLDER,
     .value = "DIR",
     .help = "decide by these definitions and show what would have been different"},
    {.name = "--cluster",
     .kind = OPTION_LIST,
     .value = "NAME",
     .help = "only records of these clusters"},
    {.name = "--quiet", .kind = OPTION_FLAG, .help = "say nothing of records without a difference"},
    {.name = "--json", .kind = OPTION_FLAG, .help = "one JSON object a record"},
    {0},
};

/* One run of the command. */
struct replay {
    const struct option_value *clusters;
    const struct loaded *loaded; /* NULL: by the recorded definitions */
    struct report report;
};

/* Reads lines of any bytes, each up to a maximum; what is longer is skipped to its end. */
struct line_reader {
    FILE *file;
    char *chunk;
    size_t at;
    size_t end;
};

static bool refill(struct line_reader *reader)
{
    reader->at = 0;
    reader->end = fread(reader->chunk, 1, CHUNK_BYTES, reader->file);
    return reader->end > 0;
}

/* False at the end of the file (or on an error: ferror). A line that is too long is left
 * `overflowed`. */
static bool read_line(struct line_reader *reader, struct buf *line)
{
    buf_clear(line);
    bool any = false;
    while (reader->at < reader->end || refill(reader)) {
        any = true;
        struct str rest = {.ptr = reader->chunk + reader->at, .len = reader->end - reader->at};
        size_t length = str_find(rest, '\n');
        buf_add(line, str_slice(rest, 0, length));
        reader->at += length;
        if (length < rest.len) {
            reader->at++;
            return true;
        }
    }
    return any;
}

/* --- one record --- */

static bool is_wanted(const struct replay *replay, struct str cluster)
{
    for (size_t i = 0; i < replay->clusters->item_count; i++) {
        if (str_eq(str_from(replay->clusters->items[i]), cluster))
            return true;
    }
    return replay->clusters->item_count == 0;
}

static const struct definition *find_definition(const struct loaded *loaded, struct str cluster)
{
    for (size_t i = 0; i < loaded->files.count; i++) {
        if (str_eq(loaded->files.items[i].cluster, cluster))
            return loaded->files.items[i].definition;
    }
    return NULL;
}

/* Is that, byte for byte, what was recorded? */
static bool is_recorded(const struct record_read *record, const struct plan *plan, struct buf *text)
{
    struct json_writer w = JSON_WRITER(text, 0);
    plan_write(record->definition, plan, &w);
    return !text->overflowed && str_eq(buf_str(text), record->plan_text);
}

static void replay_other(struct replay *replay, struct arena *arena,
                         const struct record_read *record, const struct plan *recorded)
{
    const struct definition *other = find_definition(replay->loaded, record->definition->cluster);
    if (other == NULL) {
        report_no_definition(&replay->report, record);
        return;
    }
    struct snapshot snapshot;
    struct rebind_notes notes = {0};
    struct plan decided;
    struct plan_differences differences = {0};
    snapshot_rebind(arena, record->definition, record->snapshot, other, &snapshot, &notes);
    struct buf text CLEANUP(buf_release) = BUF_INIT(LIMIT_RECORD_LINE_BYTES);
    if (!is_recorded(record, recorded, &text))
        *VEC_ADD(arena, &notes.texts) = STR("compared with what this program decides by the "
                                            "recorded definition: the recorded plan is another");
    decide(other, &snapshot, arena, &decided);
    compare_plans(arena, recorded, &decided, &differences);
    report_other(
        &replay->report, record,
        &(struct other_result){
            .definition = other, .plan = &decided, .notes = &notes, .differences = &differences});
}

static void replay_same(struct replay *replay, struct arena *arena,
                        const struct record_read *record, const struct plan *plan)
{
    struct buf text CLEANUP(buf_release) = BUF_INIT(LIMIT_RECORD_LINE_BYTES);
    struct member_differences differences = {0};
    bool identical = is_recorded(record, plan, &text);
    if (!identical)
        compare_members(arena, record->plan_text, buf_str(&text), &differences);
    report_same(
        &replay->report, record,
        &(struct same_result){.plan = plan, .identical = identical, .differences = &differences});
}

static void replay_line(struct replay *replay, size_t number, struct str line)
{
    struct arena arena = ARENA_INIT;
    struct record_read record;
    struct error err = ERROR_INIT;
    struct report *report = &replay->report;
    report->line = number;
    if (record_parse(&arena, line, &record, &err) != E_OK) {
        report_damaged(report, &err);
    } else if (is_wanted(replay, record.definition->cluster)) {
        struct plan plan;
        decide(record.definition, record.snapshot, &arena, &plan);
        if (replay->loaded != NULL)
            replay_other(replay, &arena, &record, &plan);
        else
            replay_same(replay, &arena, &record, &plan);
    }
    arena_release(&arena);
}

/* --- the file --- */

static int replay_file(struct replay *replay, FILE *file, const char *name)
{
    struct arena arena = ARENA_INIT;
    struct line_reader reader = {.file = file, .chunk = ARENA_ARRAY(&arena, char, CHUNK_BYTES)};
    struct buf line CLEANUP(buf_release) = BUF_INIT(LIMIT_RECORD_LINE_BYTES);
    for (size_t number = 1; !output_is_broken() && read_line(&reader, &line); number++) {
        replay->report.line = number;
        if (line.overflowed) {
            struct error err;
            error_set(&err, E_LIMIT, "a record of more than %u MiB",
                      LIMIT_RECORD_LINE_BYTES / 1024 / 1024);
            report_damaged(&replay->report, &err);
        } else if (str_trim(buf_str(&line)).len > 0) {
            replay_line(replay, number, buf_str(&line));
        }
    }
    arena_release(&arena);
    if (ferror(file)) {
        fprintf(stderr, "ecs-autoscale replay: cannot read '%s': %s\n", name, strerror(errno));
        return 1;
    }
    return report_end(&replay->report);
}

/* A variable that is not set here stands for itself: what a policy would have done can be asked
 * where the secrets are not. */
static bool lookup_variable(void *context, struct str name, struct str *value)
{
    struct arena *arena = context;
    const char *found = getenv(arena_printf(arena, "%.*s", STR_ARG(name)).ptr);
    *value = found != NULL ? str_from(found) : arena_printf(arena, "%%(%.*s)", STR_ARG(name));
    return true;
}

static bool load(struct arena *arena, const char *path, struct loaded *loaded)
{
    struct error err = ERROR_INIT;
    struct load_options with = {.lookup = lookup_variable, .lookup_context = arena};
    if (definitions_load(arena, path, &with, loaded, &err) != E_OK) {
        fprintf(stderr, "ecs-autoscale replay: %s\n", err.message);
        return false;
    }
    for (size_t i = 0; i < loaded->diagnostics.count; i++) {
        if (loaded->diagnostics.items[i].severity == SEVERITY_ERROR)
            print_findings(&loaded->diagnostics.items[i], 1);
    }
    return true;
}

static int run_with(const struct arguments *arguments, const struct loaded *loaded)
{
    const char *name = arguments->operands[0];
    bool from_stdin = strcmp(name, "-") == 0;
    FILE *file = from_stdin ? stdin : fopen(name, "rb");
    if (file == NULL) {
        fprintf(stderr, "ecs-autoscale replay: cannot open '%s': %s\n", name, strerror(errno));
        return 1;
    }
    struct replay replay = {
        .clusters = arguments_get(arguments, "--cluster"),
        .loaded = loaded,
        .report = {.file = from_stdin ? "standard input" : name,
                   .other = loaded != NULL,
                   .json = arguments_get(arguments, "--json")->given,
                   .quiet = arguments_get(arguments, "--quiet")->given,
                   .style = print_style_of(stdout)},
    };
    int status = replay_file(&replay, file, name);
    if (loaded != NULL && loaded->error_count > 0)
        status = 1;
    report_release(&replay.report);
    if (!from_stdin)
        fclose(file);
    return status;
}

static int run(const struct arguments *arguments)
{
    if (arguments->operand_count == 0)
        return command_usage_error(arguments->command,
                                   "which FILE? Name it first: replay FILE --cluster NAME");
    const char *definitions = arguments_get(arguments, "--definitions")->text;
    if (definitions == NULL)
        return run_with(arguments, NULL);
    struct arena arena = ARENA_INIT;
    struct loaded loaded = {0};
    int status = load(&arena, definitions, &loaded) ? run_with(arguments, &loaded) : 1;
    arena_release(&arena);
    return status;
}

const struct command command_replay = {
    .name = "replay",
    .summary = "decide again from recorded passes",
    .operands = "FILE",
    .operands_max = 1,
    .options = options,
    .description = "Reads what `run --record FILE` has written (- is standard input), decides\n"
                   "each pass again from its recorded snapshot, and prints the plan. By the\n"
                   "recorded definition it must be the recorded plan, byte for byte: exit 0 if\n"
                   "each is, 1 if one is not or a line cannot be read. Nothing is asked of AWS\n"
                   "and nothing is changed there.\n"
                   "\n"
                   "With --definitions each pass is decided by the definition of that cluster in\n"
                   "DIR, and what would have been different is shown. Every pass is taken as it\n"
                   "was recorded: that an earlier one would have gone another way has no effect\n"
                   "on later ones. What the record does not hold counts as missing. A variable\n"
                   "that is not set here stands for itself.\n",
    .examples = "  ecs-autoscale replay passes.jsonl\n"
                "  ecs-autoscale replay passes.jsonl --quiet --definitions clusters\n"
                "  ecs-autoscale replay passes.jsonl --json --cluster my_cluster\n",
    .run = run,
};
