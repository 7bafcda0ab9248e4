#include "http/fault_body.h"

#include "base/json.h"

#include "base/banned.h"

/* Another type of about the same meaning, as a careless server might send it. */
static json_t *other_type(const json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        return json_string("object");
    case JSON_ARRAY:
        return json_object();
    case JSON_STRING:
        return json_integer(7);
    case JSON_INTEGER:
    case JSON_REAL:
        return json_string("seven");
    case JSON_TRUE:
    case JSON_FALSE:
        return json_string("maybe");
    case JSON_NULL:
        break;
    }
    return json_true();
}

/* Recursion is bounded: json_parse refuses what is nested over LIMIT_ANSWER_DEPTH. */
static void change_json(json_t *value, int depth)
{
    const char *key = NULL;
    json_t *member = NULL;
    size_t index = 0;
    if (json_is_object(value)) {
        json_object_foreach(value, key, member)
        {
            if (depth <= 1)
                json_object_set_new(value, key, other_type(member));
            else
                change_json(member, depth - 1);
        }
    } else if (json_is_array(value)) {
        json_array_foreach(value, index, member)
        {
            if (depth <= 1)
                json_array_set_new(value, index, other_type(member));
            else
                change_json(member, depth - 1);
        }
    }
}

static int add_piece(const char *text, size_t len, void *context)
{
    return buf_add(context, (struct str){.ptr = text, .len = len}) ? 0 : -1;
}

static bool change_json_types(struct str body, int depth, struct buf *out)
{
    json_t *json CLEANUP(json_release) = NULL;
    if (json_parse(body, &json, NULL) != E_OK)
        return false;
    change_json(json, depth);
    return json_dump_callback(json, add_piece, out, JSON_COMPACT | JSON_ENCODE_ANY) == 0;
}

/* Elements `depth` below the outermost one lose their content: text becomes an element, elements
 * become text. */
static void change_xml_types(struct str body, int depth, struct buf *out)
{
    int level = 0; /* open elements */
    size_t i = 0;
    while (i < body.len) {
        struct str rest = str_slice(body, i, body.len);
        size_t end = str_find(rest, '>');
        bool is_tag = rest.ptr[0] == '<' && end < rest.len;
        size_t len = is_tag ? end + 1 : str_find(rest, '<');
        if (len == 0)
            len = rest.len;
        struct str piece = str_slice(rest, 0, len);
        i += len;
        bool is_closing = str_starts(piece, STR("</"));
        bool is_opening = is_tag && !is_closing && !str_ends(piece, STR("/>")) &&
                          !str_starts(piece, STR("<?")) && !str_starts(piece, STR("<!"));
        if (is_closing)
            level--;
        if (level <= depth)
            buf_add(out, piece);
        if (is_opening)
            level++;
        if (is_opening && level == depth + 1)
            buf_add(out, str_starts(str_trim(str_slice(body, i, body.len)), STR("<"))
                             ? STR("seven")
                             : STR("<seven/>"));
    }
}

static void change_types(struct str body, int depth, struct buf *out)
{
    if (depth < 1)
        depth = 1;
    if (str_starts(str_trim(body), STR("<")))
        change_xml_types(body, depth, out);
    else if (!change_json_types(body, depth, out))
        buf_add(out, body);
}

void fault_body_change(enum fault_kind kind, int depth, struct str body, struct buf *out)
{
    switch (kind) {
    case FAULT_EMPTY:
        return;
    case FAULT_TRUNCATED:
        buf_add(out, str_slice(body, 0, body.len / 2));
        return;
    case FAULT_MALFORMED:
        buf_add(out, str_slice(body, 0, body.len / 3));
        buf_add(out, STR("\x01}<{"));
        buf_add(out, str_slice(body, body.len / 3 + 4, body.len));
        return;
    case FAULT_TYPES:
        change_types(body, depth, out);
        return;
    default:
        buf_add(out, body);
        return;
    }
}
