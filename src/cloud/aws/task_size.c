/* The room a task takes, out of DescribeTaskDefinition. Sizes at task level are strings, in CPU
 * units and MiB ("256", "512") or, as people register them, with their unit ("0.5 vCPU", "1 GB");
 * those of containers are numbers. */
#include "cloud/aws/ecs_answers.h"

#include "base/limits.h"

#include <math.h>

#include "base/banned.h"

/* "0.5 vCPU" with unit "vcpu": 512. A number without a unit must be whole. */
static bool parse_size(struct str text, struct str unit, int64_t *out)
{
    struct str trimmed = str_trim(text);
    int64_t whole = 0;
    if (str_to_int64(trimmed, &whole)) {
        *out = whole;
        return whole >= 0 && whole <= LIMIT_RESOURCE_UNITS;
    }
    if (trimmed.len <= unit.len)
        return false;
    size_t at = trimmed.len - unit.len;
    double number = 0;
    if (!str_eq_nocase(str_slice(trimmed, at, trimmed.len), unit) ||
        !str_to_double(str_trim(str_slice(trimmed, 0, at)), &number))
        return false;
    double size = round(number * 1024);
    if (!(size >= 0 && size <= (double)LIMIT_RESOURCE_UNITS))
        return false;
    *out = (int64_t)size;
    return true;
}

/* *given is false where the task definition has no such size at task level. */
static enum error_code read_task_level(const struct item *task, const char *key, struct str unit,
                                       bool *given, int64_t *out)
{
    const json_t *value = item_member(task, key);
    *given = value != NULL;
    if (!*given)
        return E_OK;
    struct str text = STR_NONE;
    if (json_get_str(task->object, key, &text))
        return parse_size(text, unit, out) ? E_OK : E_PROTOCOL;
    bool fits = json_get_int(task->object, key, out) && *out >= 0 && *out <= LIMIT_RESOURCE_UNITS;
    return fits ? E_OK : E_PROTOCOL;
}

static enum error_code container_cpu(const struct item *container, int64_t *out, struct error *err)
{
    *out = 0; /* a container without cpu reserves none */
    if (item_member(container, "cpu") == NULL)
        return E_OK;
    return item_count(container, "cpu", LIMIT_RESOURCE_UNITS, out, err);
}

static enum error_code container_memory(const struct item *container, int64_t *out,
                                        struct error *err)
{
    const char *key =
        item_member(container, "memoryReservation") != NULL ? "memoryReservation" : "memory";
    return item_count(container, key, LIMIT_RESOURCE_UNITS, out, err);
}

static enum error_code sum_containers(const struct item *task,
                                      enum error_code (*size)(const struct item *, int64_t *,
                                                              struct error *),
                                      int64_t *out, struct error *err)
{
    const json_t *list = item_member(task, "containerDefinitions");
    if (!json_is_array(list) || json_array_size(list) == 0)
        return item_refuse(task, "containerDefinitions", err, "is missing, empty or not a list");
    int64_t sum = 0;
    for (size_t i = 0; i < json_array_size(list); i++) {
        struct item container = {.object = json_array_get(list, i),
                                 .path = "taskDefinition.containerDefinitions",
                                 .index = i};
        int64_t units = 0;
        if (!json_is_object(container.object))
            return item_refuse(&container, NULL, err, "is not an object");
        enum error_code code = size(&container, &units, err);
        if (code != E_OK)
            return code;
        sum += units;
        if (sum > LIMIT_RESOURCE_UNITS)
            return item_refuse(&container, NULL, err, "brings the task over %lld units",
                               (long long)LIMIT_RESOURCE_UNITS);
    }
    *out = sum;
    return E_OK;
}

enum error_code ecs_read_task_size(const json_t *answer, struct resources *out, struct error *err)
{
    struct item task = {.object = json_object_get(answer, "taskDefinition"),
                        .path = "taskDefinition",
                        .index = ITEM_ALONE};
    struct resources size = {.cpu_units = 0};
    bool has_cpu = false;
    bool has_memory = false;
    enum error_code code = E_OK;
    if (!json_is_object(task.object))
        return item_refuse(&task, NULL, err, "is missing or not an object");
    if (read_task_level(&task, "cpu", STR("vcpu"), &has_cpu, &size.cpu_units) != E_OK)
        return item_refuse(&task, "cpu", err, "is no size");
    if (read_task_level(&task, "memory", STR("gb"), &has_memory, &size.mem_mib) != E_OK)
        return item_refuse(&task, "memory", err, "is no size");
    if (!has_cpu && (code = sum_containers(&task, container_cpu, &size.cpu_units, err)) != E_OK)
        return code;
    if (!has_memory && (code = sum_containers(&task, container_memory, &size.mem_mib, err)) != E_OK)
        return code;
    *out = size;
    return E_OK;
}
