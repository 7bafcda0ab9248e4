#include "document/read.h"

#include "document/fill.h"
#include "document/names.h"
#include "document/schema.h"
#include "document/slot.h"

#include <assert.h>
#include <string.h>

#include "base/banned.h"

enum { HINT_BYTES = 2048 };

static void store_given(const struct slot *slot)
{
    if (slot->key->has_offset != 0)
        memcpy(slot->target + slot->key->has_offset, &(bool){true}, sizeof(bool));
}

/* A level of the file on its way into a struct. */
struct reading {
    struct source *source;
    const struct schema *schema;
    unsigned level;
};

static void read_level(const struct reading *reading, struct yaml_node *node, struct span place,
                       char *target);

static struct reading item_of(const struct slot *slot)
{
    return (struct reading){slot->source, slot->schema, slot->key->item};
}

static char *store_array(const struct slot *slot, size_t count, size_t size)
{
    char *items = arena_alloc(slot->source->arena, count, size);
    slot_store(slot, &items, sizeof(items));
    memcpy(slot->target + slot->key->has_offset, &count, sizeof(count));
    return items;
}

static bool read_list(const struct slot *slot)
{
    struct yaml_node *node = slot->node;
    if (node->kind != YAML_LIST)
        return slot_wrong(slot,
                          node->kind == YAML_MAP ? STR("begin each item with '- '") : STR_NONE);
    if (slot->key->max_items > 0 && node->item_count > slot->key->max_items) {
        source_report(slot->source, SEVERITY_ERROR, node->span, STR_NONE,
                      "'%s' has %zu items, over %zu", slot->key->name, node->item_count,
                      slot->key->max_items);
        node->bad = true;
        return false;
    }
    const struct reading reading = item_of(slot);
    size_t size = slot->schema->levels[slot->key->item].size;
    char *items = store_array(slot, node->item_count, size);
    for (size_t i = 0; i < node->item_count; i++)
        read_level(&reading, node->items[i], node->items[i]->span, items + i * size);
    return true;
}

/* The name an item of a mapping stands under: a key is a text whatever it looks like. */
static const struct filled *read_name(const struct slot *slot, struct yaml_node *key,
                                      struct names *seen, size_t index)
{
    struct source *source = slot->source;
    const struct filled *name = fill(source, key);
    if (name == NULL)
        return NULL;
    const struct schema_format_info *format = schema_format_info(slot->key->names);
    struct str shown = text_shorten(source->arena, name->shown);
    size_t first = 0;
    if (!format->matches(name->value))
        source_report(source, SEVERITY_ERROR, key->span, STR_NONE,
                      "the name '%.*s' in '%s' must be %s", STR_ARG(shown), slot->key->name,
                      format->rule);
    else if (!names_add(source->arena, seen, name->value, index, &first))
        source_report(source, SEVERITY_ERROR, key->span, STR_NONE, "'%.*s' is given twice in '%s'",
                      STR_ARG(shown), slot->key->name);
    return name;
}

static bool read_map(const struct slot *slot)
{
    struct yaml_node *node = slot->node;
    if (node->kind != YAML_MAP)
        return slot_wrong(slot, STR_NONE);
    const struct reading reading = item_of(slot);
    size_t size = slot->schema->levels[slot->key->item].size;
    char *items = store_array(slot, node->entry_count, size);
    struct names seen = {0};
    for (size_t i = 0; i < node->entry_count; i++) {
        const struct yaml_entry *entry = &node->entries[i];
        const struct filled *name = read_name(slot, entry->key, &seen, i);
        struct text text = name != NULL ? (struct text){name->value, name->shown}
                                        : (struct text){STR_NONE, STR_NONE};
        memcpy(items + i * size, &text, sizeof(text));
        read_level(&reading, entry->value, entry->key->span, items + i * size);
    }
    return true;
}

static bool read_text_map(const struct slot *slot)
{
    struct yaml_node *node = slot->node;
    if (node->kind != YAML_MAP)
        return slot_wrong(slot, STR_NONE);
    struct header_definition *headers =
        (void *)store_array(slot, node->entry_count, sizeof(struct header_definition));
    struct names seen = {0};
    for (size_t i = 0; i < node->entry_count; i++) {
        const struct filled *name = read_name(slot, node->entries[i].key, &seen, i);
        /* The value's row: what is wrong with it is told under the header's own name. */
        struct schema_key key = {
            .type = TYPE_TEXT,
            .name = name != NULL ? arena_str(slot->source->arena, name->shown).ptr : "",
            .format = slot->key->format};
        struct slot value = {.source = slot->source,
                             .schema = slot->schema,
                             .key = &key,
                             .node = node->entries[i].value};
        const struct filled *filled = slot_take_text(&value, key.format);
        if (name == NULL || filled == NULL)
            continue;
        headers[i].name = (struct text){name->value, name->shown};
        headers[i].value = (struct text){filled->value, filled->shown};
    }
    return true;
}

static bool read_any_type(const struct slot *slot)
{
    const struct reading reading = item_of(slot);
    switch (slot->key->type) {
    case TYPE_TEXT_MAP:
        return read_text_map(slot);
    case TYPE_MAP:
        return read_map(slot);
    case TYPE_LIST:
        return read_list(slot);
    case TYPE_LEVEL:
        read_level(&reading, slot->node, slot->node->span, slot->target);
        return true;
    default:
        return slot_read_scalar(slot);
    }
}

static bool is_array(enum schema_type type)
{
    return type == TYPE_LIST || type == TYPE_MAP || type == TYPE_TEXT_MAP;
}

static void read_value(const struct reading *reading, const struct schema_key *key,
                       struct yaml_node *node, char *target)
{
    struct slot slot = {.source = reading->source,
                        .schema = reading->schema,
                        .key = key,
                        .node = node,
                        .target = target};
    if (yaml_is_null(node)) {
        /* Nothing after the colon, or null: as if the key were not there. */
        if (key->required && !key->nullable)
            slot_wrong(&slot, STR_NONE);
        return;
    }
    if (read_any_type(&slot) && !is_array(key->type))
        store_given(&slot);
}

static void report_unknown(const struct reading *reading, const struct yaml_node *key,
                           struct str shown)
{
    struct source *source = reading->source;
    struct buf hint CLEANUP(buf_release) = BUF_INIT(HINT_BYTES);
    schema_suggest(reading->schema, reading->level, shown, &hint);
    if (hint.len == 0 && str_find(shown, ')') < shown.len)
        buf_add(&hint, STR("inside { } a comma ends a value: put the expression in quotes"));
    struct str name = text_shorten(source->arena, shown);
    source_report(source, SEVERITY_ERROR, key->span, buf_str(&hint), "unknown key '%.*s'",
                  STR_ARG(name));
}

/* Defaults are read as if they stood in the file. */
static void read_fallbacks(const struct reading *reading, char *target)
{
    struct source *source = reading->source;
    for (size_t i = 0; i < reading->schema->key_count; i++) {
        const struct schema_key *key = &reading->schema->keys[i];
        if (key->level != reading->level || key->fallback == NULL)
            continue;
        struct yaml_node node = {.masked = str_from(key->fallback)};
        node.span = (struct span){source->text.len, source->text.len};
        struct filled filled = {.value = node.masked, .shown = node.masked};
        node.filled = &filled;
        read_value(reading, key, &node, target);
    }
}

/* The bit of a key among those of its level. */
static uint64_t bit_of(const struct schema *schema, const struct schema_key *key)
{
    size_t first = 0;
    while (schema->keys[first].level != key->level)
        first++;
    size_t index = (size_t)(key - schema->keys) - first;
    assert(index < 64);
    return UINT64_C(1) << index;
}

static void read_entries(const struct reading *reading, struct yaml_node *node, char *target,
                         uint64_t *seen)
{
    struct source *source = reading->source;
    for (size_t i = 0; i < node->entry_count; i++) {
        const struct yaml_entry *entry = &node->entries[i];
        const struct filled *name = fill(source, entry->key);
        if (name == NULL)
            continue;
        if (reading->level == 0 && str_starts(name->value, STR("x-")))
            continue;
        const struct schema_key *key = schema_find(reading->schema, reading->level, name->value);
        if (key == NULL) {
            report_unknown(reading, entry->key, name->shown);
            continue;
        }
        uint64_t bit = bit_of(reading->schema, key);
        if ((*seen & bit) != 0) {
            source_report(source, SEVERITY_ERROR, entry->key->span, STR_NONE,
                          "key '%s' is given twice", key->name);
            continue;
        }
        *seen |= bit;
        read_value(reading, key, entry->value, target);
    }
}

/* What stands there is no mapping. */
static void report_no_level(const struct reading *reading, struct yaml_node *node,
                            struct span place)
{
    struct source *source = reading->source;
    struct str found = node_describe(source, node);
    if (reading->level == 0 && yaml_is_null(node))
        source_report_file(source, SEVERITY_ERROR, str_from(reading->schema->empty_hint),
                           "is empty");
    else
        source_report(source, SEVERITY_ERROR, yaml_is_null(node) ? place : node->span, STR_NONE,
                      "%s must be a mapping, found %.*s",
                      reading->schema->levels[reading->level].name, STR_ARG(found));
    node->bad = true;
}

static void read_level(const struct reading *reading, struct yaml_node *node, struct span place,
                       char *target)
{
    _Static_assert(sizeof(struct text) == 2 * sizeof(struct str), "names are copied bytewise");
    const struct schema *schema = reading->schema;
    read_fallbacks(reading, target);
    if (node->kind != YAML_MAP) {
        report_no_level(reading, node, place);
        return;
    }
    uint64_t seen = 0;
    read_entries(reading, node, target, &seen);
    for (size_t i = 0; i < schema->key_count; i++) {
        const struct schema_key *key = &schema->keys[i];
        if (key->level == reading->level && key->required && (seen & bit_of(schema, key)) == 0)
            source_report(reading->source, SEVERITY_ERROR, place, STR_NONE, "%s needs the key '%s'",
                          schema->levels[key->level].name, key->name);
    }
}

void document_fill(struct source *source, const struct schema *schema, struct yaml_node *root,
                   void *target)
{
    const struct reading reading = {source, schema, 0};
    read_level(&reading, root, root->span, target);
}
