#include "definition/vary.h"

#include "definition/schema.h"

#include <math.h>
#include <string.h>

#include "base/banned.h"

/* A place on the way down: a level and its struct. */
struct place {
    unsigned level;
    char *target;
};

static struct str take_word(struct str *rest)
{
    size_t end = 0;
    while (end < rest->len && rest->ptr[end] != '.' && rest->ptr[end] != '[')
        end++;
    struct str word = str_slice(*rest, 0, end);
    *rest = str_slice(*rest, end, rest->len);
    return word;
}

static bool take_index(struct str *rest, size_t *index)
{
    int64_t number = 0;
    size_t end = str_find(*rest, ']');
    if (rest->len == 0 || rest->ptr[0] != '[' || end == rest->len ||
        !str_to_int64(str_slice(*rest, 1, end), &number) || number < 0)
        return false;
    *index = (size_t)number;
    *rest = str_slice(*rest, end + 1, rest->len);
    return true;
}

static void skip_dot(struct str *rest)
{
    if (rest->len > 0 && rest->ptr[0] == '.')
        *rest = str_slice(*rest, 1, rest->len);
}

static void read_array(const struct place *place, const struct schema_key *key, char **items,
                       size_t *count)
{
    memcpy(items, place->target + key->offset, sizeof(*items));
    memcpy(count, place->target + key->has_offset, sizeof(*count));
}

/* An item of a list by its index, of a mapping by its name. */
static bool enter_item(struct place *place, const struct schema_key *key, struct str *rest)
{
    char *items = NULL;
    size_t count = 0;
    size_t size = definition_schema.levels[key->item].size;
    size_t index = 0;
    read_array(place, key, &items, &count);
    if (key->type == TYPE_LIST) {
        if (!take_index(rest, &index))
            return false;
    } else {
        skip_dot(rest);
        struct str name = take_word(rest);
        struct text text;
        for (; index < count; index++) {
            memcpy(&text, items + index * size, sizeof(text));
            if (str_eq(text.value, name))
                break;
        }
    }
    if (index >= count)
        return false;
    *place = (struct place){.level = key->item, .target = items + index * size};
    skip_dot(rest);
    return true;
}

static enum error_code store(const struct place *place, const struct schema_key *key, double value,
                             struct error *err)
{
    char *to = place->target + key->offset;
    bool whole = floor(value) == value && fabs(value) < 0x1p53;
    bool ranged = key->type == TYPE_INT || key->type == TYPE_SECONDS;
    int64_t number = key->type == TYPE_SECONDS ? (int64_t)llround(value * 1000) : (int64_t)value;
    if ((key->type == TYPE_INT || key->type == TYPE_PERIOD) && !whole)
        return error_set(err, E_RANGE, "%s = %.15g must be a whole number", key->name, value);
    if (ranged && (value < key->low || value > key->high || (key->not_zero && value == 0)))
        return error_set(err, E_RANGE, "%s = %.15g must be from %.15g to %.15g%s", key->name, value,
                         key->low, key->high, key->not_zero ? ", not 0" : "");
    if (key->type == TYPE_PERIOD && !schema_is_period(number))
        return error_set(err, E_RANGE, "%s = %.15g is no period", key->name, value);
    if (key->type == TYPE_NUMBER)
        memcpy(to, &value, sizeof(value));
    else
        memcpy(to, &number, sizeof(number));
    if (key->has_offset != 0)
        memcpy(place->target + key->has_offset, &(bool){true}, sizeof(bool));
    return E_OK;
}

static bool is_number(enum schema_type type)
{
    return type == TYPE_INT || type == TYPE_NUMBER || type == TYPE_SECONDS || type == TYPE_PERIOD;
}

/* What is left of `path` below that place. */
static enum error_code walk(struct place place, struct str rest, double value, struct str path,
                            struct error *err)
{
    while (rest.len > 0) {
        struct str word = take_word(&rest);
        const struct schema_key *key = schema_find(&definition_schema, place.level, word);
        if (key == NULL)
            break;
        if (is_number(key->type) && rest.len == 0)
            return store(&place, key, value, err);
        if (key->type == TYPE_LEVEL) {
            place.level = key->item;
            skip_dot(&rest);
        } else if ((key->type != TYPE_LIST && key->type != TYPE_MAP) ||
                   !enter_item(&place, key, &rest)) {
            if (key->type != TYPE_LIST && key->type != TYPE_MAP && rest.len == 0)
                return error_set(err, E_TYPE, "'%.*s' is no number", STR_ARG(path));
            break;
        }
    }
    return error_set(err, E_MISSING, "there is no '%.*s' in the definition", STR_ARG(path));
}

/* The order of bounds, which a single number cannot tell. */
static enum error_code check_bounds(const struct definition *definition, struct error *err)
{
    bool is_fine =
        !(definition->has_min && definition->has_max && definition->min > definition->max);
    for (size_t i = 0; i < definition->service_count; i++) {
        const struct service_definition *service = &definition->services[i];
        is_fine = is_fine && service->min <= service->max;
        for (size_t j = 0; j < service->event_count; j++) {
            const struct event_definition *event = &service->events[j];
            is_fine = is_fine && !(event->has_min && event->has_max && event->min > event->max);
        }
    }
    return is_fine ? E_OK : error_set(err, E_RANGE, "'min' is greater than 'max'");
}

bool definition_is_meant(const struct definition *definition, struct str path)
{
    size_t slash = str_find(path, '/');
    return slash == path.len || str_eq(str_slice(path, 0, slash), definition->cluster);
}

enum error_code definition_vary(struct definition *definition, struct str path, double value,
                                struct error *err)
{
    size_t slash = str_find(path, '/');
    struct str within = slash < path.len ? str_slice(path, slash + 1, path.len) : path;
    struct str rest = within;
    struct str first = take_word(&rest);
    struct place place = {.level = LEVEL_CLUSTER, .target = (char *)definition};
    /* A service may be named without "services." before it. */
    if (schema_find(&definition_schema, LEVEL_CLUSTER, first) == NULL) {
        for (size_t i = 0; i < definition->service_count; i++) {
            struct service_definition *service = &definition->services[i];
            if (!str_eq(service->name.value, first))
                continue;
            place = (struct place){.level = LEVEL_SERVICE, .target = (char *)service};
            skip_dot(&rest);
            within = rest;
        }
    }
    enum error_code code = walk(place, within, value, path, err);
    return code == E_OK ? check_bounds(definition, err) : code;
}
