/* `ecs-autoscale validate [PATH...]`: everything that is wrong with definitions. */
#include "command/command.h"
#include "command/output.h"

#include "base/jsonw.h"
#include "definition/load.h"
#include "scenario/scenario.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/banned.h"

enum { OUTPUT_BYTES = 256 * 1024 * 1024, OPERANDS_MAX = 1024 };

static const struct option options[] = {
    {"--scenario", OPTION_FILE, "FILE", "check this scenario, and the definitions against it", NULL,
     NULL, 0, 0},
    {"--json", OPTION_FLAG, NULL, "print the findings as one JSON document", NULL, NULL, 0, 0},
    {0},
};

/* What could not be loaded at all becomes a finding about that path. */
static void load_path(struct arena *arena, const char *path, struct loaded *loaded)
{
    struct error err = ERROR_INIT;
    if (definitions_load(arena, path, NULL, loaded, &err) == E_OK)
        return;
    loaded->error_count++;
    *VEC_ADD(arena, &loaded->diagnostics) = (struct diagnostic){
        .severity = SEVERITY_ERROR,
        .file = str_from(path),
        .message = arena_str(arena, str_from(err.message)),
    };
}

static void add_findings(struct arena *arena, const struct findings *findings,
                         struct loaded *loaded)
{
    for (size_t i = 0; i < findings->items.count; i++)
        *VEC_ADD(arena, &loaded->diagnostics) = findings->items.items[i];
    loaded->error_count += findings->error_count;
    loaded->warning_count += findings->warning_count;
}

static const struct scenario *load_scenario(struct arena *arena, const char *path,
                                            struct loaded *loaded)
{
    struct findings findings = {0};
    const struct scenario *scenario = scenario_load(arena, path, NULL, &findings);
    add_findings(arena, &findings, loaded);
    return scenario;
}

static void match_definitions(struct arena *arena, const struct scenario *scenario,
                              struct loaded *loaded)
{
    struct findings findings = {0};
    for (size_t i = 0; scenario != NULL && i < loaded->files.count; i++) {
        struct loaded_file *file = &loaded->files.items[i];
        if (file->definition != NULL &&
            !scenario_match(arena, scenario, file->definition, &findings))
            file->definition = NULL;
    }
    add_findings(arena, &findings, loaded);
}

static size_t count_fine(const struct loaded *loaded)
{
    size_t fine = 0;
    for (size_t i = 0; i < loaded->files.count; i++)
        fine += loaded->files.items[i].definition != NULL;
    return fine;
}

static void add_count(struct buf *out, size_t count, const char *noun)
{
    buf_addf(out, "%zu %s%s", count, noun, count == 1 ? "" : "s");
}

static bool use_colour(void)
{
    const char *off = getenv("NO_COLOR");
    const char *terminal = getenv("TERM");
    return isatty(STDOUT_FILENO) && (off == NULL || off[0] == '\0') &&
           !str_eq(str_from(terminal), STR("dumb"));
}

/* `scenarios`: what to say of them, or NULL. */
static void write_text(const struct loaded *loaded, const char *scenarios, bool colour,
                       struct buf *out)
{
    for (size_t i = 0; i < loaded->diagnostics.count; i++)
        diagnostic_print(&loaded->diagnostics.items[i], colour, out);
    if (scenarios != NULL)
        buf_add(out, str_from(scenarios));
    if (scenarios == NULL || loaded->files.count > 0) {
        add_count(out, count_fine(loaded), "cluster");
        buf_add(out, STR(" fine, "));
    }
    add_count(out, loaded->error_count, "error");
    buf_add(out, STR(", "));
    add_count(out, loaded->warning_count, "warning");
    buf_add_char(out, '\n');
}

static void write_diagnostic(struct json_writer *w, const struct diagnostic *diagnostic)
{
    jsonw_object_begin(w);
    jsonw_key(w, "file"), jsonw_str(w, diagnostic->file);
    bool placed = diagnostic->line > 0;
    jsonw_key(w, "line"), placed ? jsonw_int(w, (int64_t)diagnostic->line) : jsonw_null(w);
    jsonw_key(w, "column"), placed ? jsonw_int(w, (int64_t)diagnostic->column) : jsonw_null(w);
    jsonw_key(w, "length"), placed ? jsonw_int(w, (int64_t)diagnostic->len) : jsonw_null(w);
    jsonw_key(w, "severity");
    jsonw_cstr(w, diagnostic->severity == SEVERITY_ERROR ? "error" : "warning");
    jsonw_key(w, "message"), jsonw_str(w, diagnostic->message);
    jsonw_key(w, "hint");
    if (diagnostic->hint.len > 0)
        jsonw_str(w, diagnostic->hint);
    else
        jsonw_null(w);
    jsonw_object_end(w);
}

static void write_json(const struct loaded *loaded, struct buf *out)
{
    struct json_writer writer = JSON_WRITER(out, 2);
    struct json_writer *w = &writer;
    jsonw_object_begin(w);
    jsonw_key(w, "clusters");
    jsonw_array_begin(w);
    for (size_t i = 0; i < loaded->files.count; i++) {
        const struct loaded_file *file = &loaded->files.items[i];
        jsonw_object_begin(w);
        jsonw_key(w, "cluster"), jsonw_str(w, file->cluster);
        jsonw_key(w, "file"), jsonw_str(w, file->file);
        jsonw_key(w, "fine"), jsonw_bool(w, file->definition != NULL);
        jsonw_object_end(w);
    }
    jsonw_array_end(w);
    jsonw_key(w, "diagnostics");
    jsonw_array_begin(w);
    for (size_t i = 0; i < loaded->diagnostics.count; i++)
        write_diagnostic(w, &loaded->diagnostics.items[i]);
    jsonw_array_end(w);
    jsonw_key(w, "summary");
    jsonw_object_begin(w);
    jsonw_key(w, "fine"), jsonw_int(w, (int64_t)count_fine(loaded));
    jsonw_key(w, "errors"), jsonw_int(w, (int64_t)loaded->error_count);
    jsonw_key(w, "warnings"), jsonw_int(w, (int64_t)loaded->warning_count);
    jsonw_object_end(w);
    jsonw_object_end(w);
    buf_add_char(out, '\n');
}

static int run(const struct arguments *arguments)
{
    struct arena arena CLEANUP(arena_release) = ARENA_INIT;
    struct buf text CLEANUP(buf_release) = BUF_INIT(OUTPUT_BYTES);
    struct loaded loaded = {0};
    const struct option_value *scenario_path = arguments_get(arguments, "--scenario");
    const struct scenario *scenario = NULL;
    if (scenario_path->given)
        scenario = load_scenario(&arena, scenario_path->text, &loaded);
    else if (arguments->operand_count == 0)
        load_path(&arena, "clusters", &loaded);
    for (size_t i = 0; i < arguments->operand_count; i++)
        load_path(&arena, arguments->operands[i], &loaded);
    match_definitions(&arena, scenario, &loaded);
    if (arguments_get(arguments, "--json")->given)
        write_json(&loaded, &text);
    else
        write_text(&loaded,
                   !scenario_path->given ? NULL
                   : scenario != NULL    ? "1 scenario fine, "
                                         : "0 scenarios fine, ",
                   use_colour(), &text);
    output_write(&text);
    if (text.overflowed)
        fprintf(stderr, "ecs-autoscale validate: there are too many findings to print\n");
    return loaded.error_count > 0 || text.overflowed ? 1 : 0;
}

const struct command command_validate = {
    .name = "validate",
    .summary = "check definition files and say everything that is wrong",
    .operands = "[PATH...]",
    .operands_max = OPERANDS_MAX,
    .options = options,
    .description =
        "Reads definitions (files, or folders of *.yml and *.yaml; ./clusters where none is\n"
        "named) as 'run' does and prints every error and warning with its place. Nothing\n"
        "is asked of AWS or of a metric source. The environment variables that the\n"
        "definitions use must be set; their values are never printed.\n\n"
        "--scenario checks a scenario file of 'simulate' in the same way; definitions named\n"
        "beside it are compared with it: clusters, groups, services, metrics.\n\n"
        "Exit status: 0 where there is no error (warnings do not count), else 1.\n",
    .examples = "  ecs-autoscale validate\n"
                "  ecs-autoscale validate clusters/my_cluster.yml\n"
                "  ecs-autoscale validate --json clusters\n",
    .run = run,
};
