/* The tables of keys in docs/, out of the table. */
#include "document/schema.h"

#include "base/banned.h"

/* A '|' would end the cell. */
static void add_cell(struct buf *out, const char *text)
{
    for (const char *c = text; *c != '\0'; c++) {
        if (*c == '|')
            buf_add_char(out, '\\');
        buf_add_char(out, *c);
    }
}

static void add_type(struct buf *out, const struct schema *schema, const struct schema_key *key)
{
    struct buf expected CLEANUP(buf_release) = BUF_INIT(1024);
    bool text = key->type == TYPE_TEXT || key->type == TYPE_ALIAS;
    if (text && key->format != FORMAT_ANY)
        buf_addf(&expected, "%s%s", schema_format_info(key->format)->rule,
                 key->nullable ? "; or null" : "");
    else
        schema_expected(schema, key, &expected);
    add_cell(out, buf_cstr(&expected));
    if (key->unit != NULL) {
        buf_add(out, STR("; "));
        add_cell(out, key->unit);
    }
}

static void add_row(struct buf *out, const struct schema *schema, const struct schema_key *key)
{
    buf_addf(out, "| `%s` | ", key->name);
    add_type(out, schema, key);
    if (key->required)
        buf_add(out, STR(" | required | "));
    else if (key->fallback != NULL)
        buf_addf(out, " | `%s` | ", key->fallback);
    else
        buf_addf(out, " | %s | ", key->fallback_text);
    add_cell(out, key->doc);
    buf_add(out, STR(" |\n"));
}

static void add_level(struct buf *out, const struct schema *schema, unsigned level)
{
    const struct schema_level_info *info = &schema->levels[level];
    if (level == 0)
        buf_addf(out, "### %s\n\n", schema->heading);
    else
        buf_addf(out, "\n### `%s`\n\n", info->path);
    if (info->doc[0] != '\0')
        buf_addf(out, "%s\n\n", info->doc);
    buf_add(out, STR("| key | value | default | meaning |\n| --- | --- | --- | --- |\n"));
    for (size_t i = 0; i < schema->key_count; i++) {
        if (schema->keys[i].level == level)
            add_row(out, schema, &schema->keys[i]);
    }
}

void schema_write_markdown(const struct schema *schema, struct buf *out)
{
    for (unsigned level = 0; level < schema->level_count; level++)
        add_level(out, schema, level);
}
