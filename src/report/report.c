#include "report/report.h"

#include "base/banned.h"

/* In JSON a '<' only ever stands inside a text, where \u003c means the same. */
static void add_json(struct str result, struct buf *out)
{
    size_t from = 0;
    for (size_t i = 0; i < result.len; i++) {
        if (result.ptr[i] != '<')
            continue;
        buf_add(out, str_slice(result, from, i));
        buf_add(out, STR("\\u003c"));
        from = i + 1;
    }
    buf_add(out, str_slice(result, from, result.len));
}

/* Adds the page up to `mark` and steps over it. */
static void add_until(struct str *rest, struct str mark, struct buf *out)
{
    size_t at = str_find_str(*rest, mark);
    buf_add(out, str_slice(*rest, 0, at));
    *rest = at < rest->len ? str_slice(*rest, at + mark.len, rest->len) : STR_NONE;
}

void report_html(struct str result, struct buf *out)
{
    struct str rest = report_page;
    add_until(&rest, STR("@@STYLE@@"), out);
    buf_add(out, report_style);
    add_until(&rest, STR("@@DATA@@"), out);
    add_json(result, out);
    add_until(&rest, STR("@@SCRIPT@@"), out);
    buf_add(out, report_script);
    buf_add(out, rest);
}
