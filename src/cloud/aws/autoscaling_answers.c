#include "cloud/aws/autoscaling_answers.h"

#include "base/limits.h"
#include "base/vec.h"

#include <stdlib.h>

#include "base/banned.h"

static int compare_instances(const void *a, const void *b)
{
    const struct group_instance *left = a;
    const struct group_instance *right = b;
    return str_compare(left->id, right->id);
}

static enum error_code read_count(const struct xml_node *group, size_t index, const char *name,
                                  int64_t *out, struct error *err)
{
    if (xml_child(group, name) == NULL)
        return error_set(err, E_PROTOCOL, "AutoScalingGroups[%zu].%s is missing", index, name);
    if (!xml_int(group, name, out))
        return error_set(err, E_PROTOCOL, "AutoScalingGroups[%zu].%s is not a whole number", index,
                         name);
    if (*out < 0 || *out > LIMIT_COUNT)
        return error_set(err, E_PROTOCOL, "AutoScalingGroups[%zu].%s is %lld, not within 0 and %d",
                         index, name, (long long)*out, LIMIT_COUNT);
    return E_OK;
}

static enum error_code read_instance(const struct xml_node *member, struct arena *arena,
                                     struct group_instance *out, const char **wrong)
{
    struct str id = xml_text(member, "InstanceId");
    struct str state = xml_text(member, "LifecycleState");
    struct str protect = xml_text(member, "ProtectedFromScaleIn");
    bool is_protected = str_eq(protect, STR("true"));
    *wrong = id.len == 0                                       ? "InstanceId"
             : state.len == 0                                  ? "LifecycleState"
             : !is_protected && !str_eq(protect, STR("false")) ? "ProtectedFromScaleIn"
                                                               : NULL;
    if (*wrong != NULL)
        return E_PROTOCOL;
    *out = (struct group_instance){.id = arena_str(arena, id),
                                   .lifecycle_state = arena_str(arena, state),
                                   .is_protected = is_protected};
    return E_OK;
}

static enum error_code read_instances(const struct xml_node *group, size_t index,
                                      struct arena *arena, struct group_facts *out,
                                      struct error *err)
{
    VEC(struct group_instance) instances = {.items = NULL};
    const struct xml_node *list = xml_child(group, "Instances");
    if (list == NULL)
        return error_set(err, E_PROTOCOL, "AutoScalingGroups[%zu].Instances is missing", index);
    size_t position = 0;
    for (const struct xml_node *member = xml_child(list, "member"); member != NULL;
         member = xml_next(member), position++) {
        const char *wrong = NULL;
        struct group_instance instance;
        if (read_instance(member, arena, &instance, &wrong) != E_OK)
            return error_set(err, E_PROTOCOL,
                             "AutoScalingGroups[%zu].Instances[%zu].%s is missing or malformed",
                             index, position, wrong);
        *VEC_ADD(arena, &instances) = instance;
    }
    if (instances.count > 0)
        qsort(instances.items, instances.count, sizeof(*instances.items), compare_instances);
    size_t kept = 0;
    for (size_t i = 0; i < instances.count; i++) {
        if (kept == 0 || !str_eq(instances.items[kept - 1].id, instances.items[i].id))
            instances.items[kept++] = instances.items[i];
    }
    out->instances = instances.items;
    out->instance_count = kept;
    return E_OK;
}

static enum error_code read_found(const struct xml_node *group, size_t index, struct arena *arena,
                                  struct group_facts *out, struct error *err)
{
    struct group_facts facts = {.min = 0};
    enum error_code code = E_OK;
    struct str status = xml_text(group, "Status"); /* there only while it is being deleted */
    if (status.len > 0)
        return error_set(err, E_MISSING, "it is on its way out: %.*s", STR_ARG(status));
    if ((code = read_count(group, index, "MinSize", &facts.min, err)) != E_OK ||
        (code = read_count(group, index, "MaxSize", &facts.max, err)) != E_OK ||
        (code = read_count(group, index, "DesiredCapacity", &facts.desired, err)) != E_OK ||
        (code = read_instances(group, index, arena, &facts, err)) != E_OK)
        return code;
    *out = facts;
    return E_OK;
}

enum error_code autoscaling_read_group(const struct xml_node *result, struct arena *arena,
                                       struct str name, struct group_facts *out, struct error *err)
{
    const struct xml_node *list = xml_child(result, "AutoScalingGroups");
    if (list == NULL)
        return error_set(err, E_PROTOCOL, "AutoScalingGroups is missing");
    size_t index = 0;
    for (const struct xml_node *group = xml_child(list, "member"); group != NULL;
         group = xml_next(group), index++) {
        if (str_eq(xml_text(group, "AutoScalingGroupName"), name))
            return read_found(group, index, arena, out, err);
    }
    return error_set(err, E_MISSING, "%s", "");
}
