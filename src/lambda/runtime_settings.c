#include "lambda/runtime_settings.h"

#include "base/executable.h"

#include <stdlib.h>
#include <sys/stat.h>

#include "base/banned.h"

static struct str variable(struct arena *arena, const char *name)
{
    return arena_str(arena, str_from(getenv(name)));
}

/* Lambda's own names, beside ours. */
static bool level_of(struct str name, enum log_level *level)
{
    static const struct {
        const char *name;
        enum log_level level;
    } more[] = {{"trace", LOG_DEBUG}, {"fatal", LOG_ERROR}, {"critical", LOG_ERROR}};
    if (log_level_from_name(name, level))
        return true;
    for (size_t i = 0; i < ARRAY_LEN(more); i++) {
        if (str_eq_nocase(name, str_from(more[i].name))) {
            *level = more[i].level;
            return true;
        }
    }
    return false;
}

static void read_log_level(struct runtime_settings *settings)
{
    /* The first that is set and is a level wins. */
    static const char *const names[] = {"LOG_LEVEL", "AWS_LAMBDA_LOG_LEVEL"};
    settings->log_level = LOG_INFO;
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        struct str value = str_from(getenv(names[i]));
        if (value.len == 0)
            continue;
        if (level_of(value, &settings->log_level))
            return;
        settings->level_problem = str_from(names[i]);
    }
}

static bool has_definitions(struct arena *arena, struct str root)
{
    struct stat status;
    return root.len > 0 &&
           stat(arena_printf(arena, "%.*s/clusters", STR_ARG(root)).ptr, &status) == 0 &&
           S_ISDIR(status.st_mode);
}

static bool is_off(struct str value)
{
    static const char *const words[] = {"off", "false", "no", "0"};
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        if (str_eq_nocase(value, str_from(words[i])))
            return true;
    }
    return false;
}

void runtime_settings_read(struct arena *arena, struct runtime_settings *settings)
{
    *settings = (struct runtime_settings){
        .api = variable(arena, "AWS_LAMBDA_RUNTIME_API"),
        .root = variable(arena, "LAMBDA_TASK_ROOT"),
        .log_format = LOG_FORMAT_TEXT,
        .has_metrics = !is_off(variable(arena, "ECS_AUTOSCALE_METRICS")),
    };
    if (!has_definitions(arena, settings->root)) {
        struct str own = executable_folder(arena);
        if (settings->root.len == 0 || has_definitions(arena, own))
            settings->root = own;
    }
    if (!log_format_from_name(variable(arena, "AWS_LAMBDA_LOG_FORMAT"), &settings->log_format))
        settings->log_format = LOG_FORMAT_TEXT;
    read_log_level(settings);
}
