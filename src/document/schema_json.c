/* The JSON Schema (draft 2020-12) of a kind of file, out of its table. A value may be a variable
 * wherever a scalar is due; optional keys may be null, which is the same as leaving them out. */
#include "base/jsonw.h"
#include "document/schema.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

#define VARIABLE_PATTERN "%\\([A-Za-z_][A-Za-z0-9_]*\\)"

static void member(struct json_writer *w, const char *key, const char *value)
{
    jsonw_key(w, key);
    jsonw_cstr(w, value);
}

static void type_only(struct json_writer *w, const char *type)
{
    jsonw_object_begin(w);
    member(w, "type", type);
    jsonw_object_end(w);
}

static void reference(struct json_writer *w, const char *id)
{
    char path[80];
    snprintf(path, sizeof(path), "#/$defs/%s", id);
    jsonw_object_begin(w);
    member(w, "$ref", path);
    jsonw_object_end(w);
}

/* A bound as people write it: whole where it is. */
static void number(struct json_writer *w, double value)
{
    if (value == (double)(int64_t)value)
        jsonw_int(w, (int64_t)value);
    else
        jsonw_double(w, value);
}

static void write_text(struct json_writer *w, enum schema_format format)
{
    const char *pattern = schema_format_info(format)->pattern;
    jsonw_object_begin(w);
    member(w, "type", "string");
    if (pattern != NULL)
        member(w, "pattern", pattern);
    jsonw_object_end(w);
}

static void write_number(struct json_writer *w, const struct schema_key *key)
{
    jsonw_object_begin(w);
    member(w, "type", key->type == TYPE_INT ? "integer" : "number");
    if (key->type != TYPE_NUMBER) {
        jsonw_key(w, "minimum"), number(w, key->low);
        jsonw_key(w, "maximum"), number(w, key->high);
    }
    if (key->not_zero) {
        jsonw_key(w, "not");
        jsonw_object_begin(w);
        jsonw_key(w, "const"), jsonw_int(w, 0);
        jsonw_object_end(w);
    }
    jsonw_object_end(w);
}

static void write_period(struct json_writer *w)
{
    jsonw_object_begin(w);
    jsonw_key(w, "enum");
    jsonw_array_begin(w);
    for (int64_t i = 1; i < 60; i++) {
        if (schema_is_period(i))
            jsonw_int(w, i);
    }
    jsonw_array_end(w);
    jsonw_object_end(w);
    jsonw_object_begin(w);
    member(w, "type", "integer");
    jsonw_key(w, "multipleOf"), jsonw_int(w, 60);
    jsonw_key(w, "minimum"), jsonw_int(w, 60);
    jsonw_key(w, "maximum"), jsonw_int(w, 86400);
    jsonw_object_end(w);
}

static void write_choices(struct json_writer *w, const char *const *choices)
{
    jsonw_object_begin(w);
    jsonw_key(w, "enum");
    jsonw_array_begin(w);
    for (size_t i = 0; choices[i] != NULL; i++)
        jsonw_cstr(w, choices[i]);
    jsonw_array_end(w);
    jsonw_object_end(w);
}

static void write_bool(struct json_writer *w)
{
    static const char *const old[] = {"yes", "Yes", "YES", "no",  "No",  "NO", "on",
                                      "On",  "ON",  "off", "Off", "OFF", NULL};
    type_only(w, "boolean");
    write_choices(w, old);
}

static void write_list(struct json_writer *w, const struct schema *schema,
                       const struct schema_key *key)
{
    jsonw_object_begin(w);
    member(w, "type", "array");
    if (key->max_items > 0)
        jsonw_key(w, "maxItems"), jsonw_int(w, (int64_t)key->max_items);
    jsonw_key(w, "items"), reference(w, schema->levels[key->item].id);
    jsonw_object_end(w);
}

static void write_any_text_of(struct json_writer *w, enum schema_format format)
{
    jsonw_object_begin(w);
    jsonw_key(w, "anyOf");
    jsonw_array_begin(w);
    write_text(w, format);
    reference(w, "variable");
    jsonw_array_end(w);
    jsonw_object_end(w);
}

static void write_map(struct json_writer *w, const struct schema *schema,
                      const struct schema_key *key)
{
    jsonw_object_begin(w);
    member(w, "type", "object");
    jsonw_key(w, "propertyNames"), write_any_text_of(w, key->names);
    jsonw_key(w, "additionalProperties");
    if (key->type == TYPE_MAP)
        reference(w, schema->levels[key->item].id);
    else
        write_any_text_of(w, key->format);
    jsonw_object_end(w);
}

#define DURATION_PATTERN "^[0-9]+(ms|s|m|h|d)?$"
#define DELAY_PATTERN    "^[0-9]+(ms|s|m|h|d)?( *\\.\\. *[0-9]+(ms|s|m|h|d)?)?$"

static void write_times(struct json_writer *w, enum schema_type type)
{
    static const char *const patterns[TYPE_COUNT] = {
        [TYPE_DURATION] = DURATION_PATTERN,
        [TYPE_DELAY] = DELAY_PATTERN,
        [TYPE_TIME] = "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+(Z|[+-][0-9:]+)?$",
        [TYPE_CLOCK] = "^[0-9]{1,2}:[0-9]{2}$",
    };
    if (type == TYPE_DURATION || type == TYPE_DELAY)
        type_only(w, "integer");
    jsonw_object_begin(w);
    member(w, "type", "string");
    member(w, "pattern", patterns[type]);
    jsonw_object_end(w);
}

/* The forms a value may have, one after another. */
static void write_forms(struct json_writer *w, const struct schema *schema,
                        const struct schema_key *key)
{
    switch (key->type) {
    case TYPE_TEXT:
    case TYPE_ALIAS:
        write_text(w, key->format);
        break;
    case TYPE_URL:
        jsonw_object_begin(w);
        member(w, "type", "string");
        member(w, "pattern", "^[Hh][Tt][Tt][Pp][Ss]?://[^/?#]");
        jsonw_object_end(w);
        break;
    case TYPE_BOOL:
        write_bool(w);
        break;
    case TYPE_INT:
    case TYPE_NUMBER:
    case TYPE_SECONDS:
    case TYPE_REAL:
        write_number(w, key);
        break;
    case TYPE_PERIOD:
        write_period(w);
        break;
    case TYPE_CHOICE:
        write_choices(w, key->choices);
        break;
    case TYPE_EXPRESSION:
        type_only(w, "number");
        jsonw_object_begin(w);
        member(w, "type", "string");
        member(w, "pattern", "\\S");
        jsonw_object_end(w);
        break;
    case TYPE_TEXT_MAP:
    case TYPE_MAP:
        write_map(w, schema, key);
        break;
    case TYPE_LIST:
        write_list(w, schema, key);
        break;
    case TYPE_LEVEL:
        reference(w, schema->levels[key->item].id);
        break;
    case TYPE_DURATION:
    case TYPE_DELAY:
    case TYPE_TIME:
    case TYPE_CLOCK:
        write_times(w, key->type);
        break;
    case TYPE_ANY:
    case TYPE_COUNT:
        break;
    }
}

static bool is_scalar(enum schema_type type)
{
    return type < TYPE_ANY;
}

static void write_default(struct json_writer *w, const struct schema_key *key)
{
    jsonw_key(w, "default");
    int64_t whole = 0;
    if (key->fallback == NULL)
        jsonw_null(w);
    else if (key->type == TYPE_BOOL)
        jsonw_bool(w, strcmp(key->fallback, "true") == 0);
    else if (str_to_int64(str_from(key->fallback), &whole))
        jsonw_int(w, whole);
    else
        jsonw_cstr(w, key->fallback);
}

static void write_description(struct json_writer *w, const struct schema_key *key)
{
    struct buf text CLEANUP(buf_release) = BUF_INIT(4096);
    buf_add(&text, str_from(key->doc));
    if (key->unit != NULL)
        buf_addf(&text, " Unit: %s.", key->unit);
    if (key->required)
        buf_add(&text, STR(" Required."));
    else
        buf_addf(&text, " Default: %s.",
                 key->fallback != NULL ? key->fallback : key->fallback_text);
    jsonw_key(w, "description"), jsonw_str(w, buf_str(&text));
}

static void write_key(struct json_writer *w, const struct schema *schema,
                      const struct schema_key *key)
{
    jsonw_key(w, key->name);
    jsonw_object_begin(w);
    write_description(w, key);
    if (!key->required)
        write_default(w, key);
    if (key->type != TYPE_ANY) {
        jsonw_key(w, "anyOf");
        jsonw_array_begin(w);
        write_forms(w, schema, key);
        if (is_scalar(key->type))
            reference(w, "variable");
        if (!key->required || key->nullable)
            type_only(w, "null");
        jsonw_array_end(w);
    }
    jsonw_object_end(w);
}

static void write_level(struct json_writer *w, const struct schema *schema, unsigned level)
{
    const struct schema_level_info *info = &schema->levels[level];
    member(w, "type", "object");
    if (info->doc[0] != '\0')
        member(w, "description", info->doc);
    jsonw_key(w, "properties");
    jsonw_object_begin(w);
    for (size_t i = 0; i < schema->key_count; i++) {
        if (schema->keys[i].level == level)
            write_key(w, schema, &schema->keys[i]);
    }
    jsonw_object_end(w);
    if (level == 0) {
        jsonw_key(w, "patternProperties");
        jsonw_object_begin(w);
        jsonw_key(w, "^x-"), jsonw_bool(w, true);
        jsonw_object_end(w);
    }
    jsonw_key(w, "required");
    jsonw_array_begin(w);
    for (size_t i = 0; i < schema->key_count; i++) {
        if (schema->keys[i].level == level && schema->keys[i].required)
            jsonw_cstr(w, schema->keys[i].name);
    }
    jsonw_array_end(w);
    jsonw_key(w, "additionalProperties"), jsonw_bool(w, false);
}

void schema_write_json(const struct schema *schema, struct buf *out)
{
    struct json_writer writer = JSON_WRITER(out, 2);
    struct json_writer *w = &writer;
    jsonw_object_begin(w);
    member(w, "$schema", "https://json-schema.org/draft/2020-12/schema");
    member(w, "title", schema->title);
    write_level(w, schema, 0);
    jsonw_key(w, "$defs");
    jsonw_object_begin(w);
    jsonw_key(w, "variable");
    jsonw_object_begin(w);
    member(w, "type", "string");
    member(w, "pattern", VARIABLE_PATTERN);
    member(w, "description", "%(NAME): the value of that environment variable.");
    jsonw_object_end(w);
    for (unsigned level = 1; level < schema->level_count; level++) {
        jsonw_key(w, schema->levels[level].id);
        jsonw_object_begin(w);
        write_level(w, schema, level);
        jsonw_object_end(w);
    }
    jsonw_object_end(w);
    jsonw_object_end(w);
    buf_add_char(out, '\n');
}
