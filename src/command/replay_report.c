#include "command/replay_report.h"

#include "base/clock.h"
#include "base/limits.h"
#include "command/output.h"
#include "command/print_plan.h"

#include <stdio.h>

#include "base/banned.h"

void report_release(struct report *report)
{
    arena_release(&report->arena);
}

static void print(const struct buf *text)
{
    output_write(text);
}

static struct buf new_text(void)
{
    return BUF_INIT(LIMIT_RECORD_LINE_BYTES);
}

/* "2026-11-24T03:00:00Z my_cluster: " */
static void add_title(const struct record_read *record, struct buf *out)
{
    char time[CLOCK_TEXT_SIZE];
    clock_format(record->snapshot->now_ms, false, time);
    buf_addf(out, "%s ", time);
    print_clean(record->definition->cluster, out);
    buf_add(out, STR(": "));
}

/* The members every JSON answer begins with. */
static void begin_json(const struct report *report, const struct record_read *record,
                       struct json_writer *w)
{
    char time[CLOCK_TEXT_SIZE];
    clock_format(record->snapshot->now_ms, true, time);
    jsonw_object_begin(w);
    jsonw_key(w, "line"), jsonw_int(w, (int64_t)report->line);
    jsonw_key(w, "cluster"), jsonw_str(w, record->definition->cluster);
    jsonw_key(w, "time"), jsonw_cstr(w, time);
}

static void end_json(struct json_writer *w)
{
    jsonw_object_end(w);
    buf_add_char(w->out, '\n');
    print(w->out);
}

/* --- by the recorded definition --- */

static void same_json(const struct report *report, const struct record_read *record,
                      const struct same_result *result)
{
    struct buf text CLEANUP(buf_release) = new_text();
    struct json_writer w = JSON_WRITER(&text, 0);
    begin_json(report, record, &w);
    jsonw_key(&w, "identical"), jsonw_bool(&w, result->identical);
    jsonw_key(&w, "differences");
    jsonw_array_begin(&w);
    for (size_t i = 0; i < result->differences->items.count; i++) {
        const struct member_difference *difference = &result->differences->items.items[i];
        jsonw_object_begin(&w);
        jsonw_key(&w, "member"), jsonw_str(&w, difference->member);
        jsonw_key(&w, "recorded"), jsonw_str(&w, difference->recorded);
        jsonw_key(&w, "decided"), jsonw_str(&w, difference->decided);
        jsonw_object_end(&w);
    }
    jsonw_array_end(&w);
    jsonw_key(&w, "plan");
    plan_write(record->definition, result->plan, &w);
    end_json(&w);
}

static void add_members(const struct member_differences *differences, struct buf *out)
{
    print_count((int64_t)differences->count, "difference", out);
    buf_add(out, STR(" from the recorded plan\n"));
    for (size_t i = 0; i < differences->items.count; i++) {
        const struct member_difference *difference = &differences->items.items[i];
        buf_add(out, STR("  "));
        print_clean(difference->member, out);
        buf_add(out, STR("\n    recorded "));
        print_clean(difference->recorded, out);
        buf_add(out, STR("\n    now      "));
        print_clean(difference->decided, out);
        buf_add_char(out, '\n');
    }
    if (differences->count > differences->items.count)
        buf_addf(out, "  and %zu more\n", differences->count - differences->items.count);
}

void report_same(struct report *report, const struct record_read *record,
                 const struct same_result *result)
{
    bool differs = !result->identical && result->differences->count > 0;
    report->records++;
    report->different += differs ? 1 : 0;
    if (report->quiet && !differs)
        return;
    if (report->json) {
        same_json(report, record, result);
        return;
    }
    struct buf text CLEANUP(buf_release) = new_text();
    add_title(record, &text);
    if (differs)
        add_members(result->differences, &text);
    else if (result->identical)
        buf_add(&text, STR("identical to the recorded plan\n"));
    else
        buf_add(&text, STR("the recorded plan, though not byte for byte: the record was laid out "
                           "anew\n"));
    plan_print(record->definition, result->plan, NULL, report->style, &text);
    buf_add_char(&text, '\n');
    print(&text);
}

/* --- by another definition --- */

static void add_total(struct report *report, struct str cluster,
                      const struct plan_difference *difference, bool first_of_pass)
{
    struct subject_total *total = NULL;
    for (size_t i = 0; i < report->totals.count && total == NULL; i++) {
        struct subject_total *each = &report->totals.items[i];
        if (each->of_group == difference->of_group && str_eq(each->cluster, cluster) &&
            str_eq(each->subject, difference->subject))
            total = each;
    }
    if (total == NULL) {
        total = VEC_ADD(&report->arena, &report->totals);
        total->cluster = arena_str(&report->arena, cluster);
        total->subject = arena_str(&report->arena, difference->subject);
        total->of_group = difference->of_group;
    }
    total->passes += first_of_pass ? 1 : 0;
    if (difference->more > 0)
        total->more += difference->more;
    else
        total->fewer -= difference->more;
}

static void add_totals(struct report *report, struct str cluster,
                       const struct plan_differences *differences)
{
    bool group_seen = false;
    for (size_t i = 0; i < differences->items.count; i++) {
        const struct plan_difference *difference = &differences->items.items[i];
        add_total(report, cluster, difference, !(difference->of_group && group_seen));
        group_seen = group_seen || difference->of_group;
    }
}

static void other_json(const struct report *report, const struct record_read *record,
                       const struct other_result *result)
{
    struct buf text CLEANUP(buf_release) = new_text();
    struct json_writer w = JSON_WRITER(&text, 0);
    begin_json(report, record, &w);
    jsonw_key(&w, "different"), jsonw_bool(&w, result->differences->items.count > 0);
    jsonw_key(&w, "differences");
    jsonw_array_begin(&w);
    for (size_t i = 0; i < result->differences->items.count; i++) {
        const struct plan_difference *difference = &result->differences->items.items[i];
        jsonw_object_begin(&w);
        jsonw_key(&w, "of"), jsonw_cstr(&w, difference->of_group ? "group" : "service");
        jsonw_key(&w, "subject"), jsonw_str(&w, difference->subject);
        jsonw_key(&w, "recorded"), jsonw_str(&w, difference->recorded);
        jsonw_key(&w, "decided"), jsonw_str(&w, difference->decided);
        jsonw_key(&w, "more"), jsonw_int(&w, difference->more);
        jsonw_key(&w, "reason"), jsonw_str(&w, difference->reason);
        jsonw_object_end(&w);
    }
    jsonw_array_end(&w);
    jsonw_key(&w, "notes");
    jsonw_array_begin(&w);
    for (size_t i = 0; i < result->notes->texts.count; i++)
        jsonw_str(&w, result->notes->texts.items[i]);
    jsonw_array_end(&w);
    jsonw_key(&w, "plan");
    plan_write(result->definition, result->plan, &w);
    end_json(&w);
}

static void add_difference(const struct plan_difference *difference, struct print_style style,
                           struct buf *out)
{
    buf_addf(out, "  %s%s", difference->of_group ? "" : "service ", style.colour ? "\033[1m" : "");
    print_clean(difference->subject, out);
    buf_addf(out, "%s\n    recorded   ", style.colour ? "\033[0m" : "");
    print_clean(difference->recorded, out);
    buf_add(out, STR("\n    would be   "));
    print_clean(difference->decided, out);
    buf_add_char(out, '\n');
    if (difference->reason.len == 0)
        return;
    buf_add(out, STR("    because    "));
    print_wrapped(difference->reason, 15, style, out);
    buf_add_char(out, '\n');
}

void report_other(struct report *report, const struct record_read *record,
                  const struct other_result *result)
{
    size_t count = result->differences->items.count;
    report->records++;
    report->different += count > 0 ? 1 : 0;
    add_totals(report, record->definition->cluster, result->differences);
    if (report->quiet && count == 0)
        return;
    if (report->json) {
        other_json(report, record, result);
        return;
    }
    struct buf text CLEANUP(buf_release) = new_text();
    add_title(record, &text);
    if (count == 0)
        buf_add(&text, STR("no difference"));
    else
        print_count((int64_t)count, "difference", &text);
    buf_add_char(&text, '\n');
    for (size_t i = 0; i < count; i++)
        add_difference(&result->differences->items.items[i], report->style, &text);
    for (size_t i = 0; i < result->notes->texts.count; i++) {
        buf_add(&text, STR("  note: "));
        print_wrapped(result->notes->texts.items[i], 8, report->style, &text);
        buf_add_char(&text, '\n');
    }
    print(&text);
}

/* --- what goes wrong, and the total --- */

void report_no_definition(struct report *report, const struct record_read *record)
{
    report->without_definition++;
    if (report->quiet || report->json)
        return;
    struct buf text CLEANUP(buf_release) = new_text();
    add_title(record, &text);
    buf_add(&text, STR("no definition of this cluster to decide by\n"));
    print(&text);
}

void report_damaged(struct report *report, const struct error *err)
{
    report->damaged++;
    struct buf message CLEANUP(buf_release) = BUF_INIT(LIMIT_LOG_LINE_BYTES);
    print_clean(str_from(err->message), &message);
    output_flush();
    fprintf(stderr, "%s:%zu: not a record: %s\n", report->file, report->line, buf_cstr(&message));
}

static void add_subject_totals(const struct report *report, struct buf *out)
{
    for (size_t i = 0; i < report->totals.count; i++) {
        const struct subject_total *total = &report->totals.items[i];
        const char *unit = total->of_group ? "instance" : "task";
        buf_add(out, STR("  "));
        print_clean(total->cluster, out);
        buf_add(out, total->of_group ? STR(", ") : STR(", service "));
        print_clean(total->subject, out);
        buf_add(out, STR(": different in "));
        buf_addf(out, "%zu pass%s", total->passes, total->passes == 1 ? "" : "es");
        if (total->more > 0) {
            buf_add(out, STR(", +"));
            print_count(total->more, unit, out);
        }
        if (total->fewer > 0) {
            buf_add(out, STR(", -"));
            print_count(total->fewer, unit, out);
        }
        buf_add_char(out, '\n');
    }
}

static void add_summary(const struct report *report, struct buf *out)
{
    bool other = report->other;
    print_count((int64_t)report->records, "record", out);
    buf_add(out, STR(" replayed: "));
    if (report->different == 0)
        buf_add(out, other ? STR("no difference") : STR("each gives the recorded plan"));
    else if (other)
        buf_addf(out, "%zu would have been different", report->different);
    else
        buf_addf(out, "%zu of them not as recorded", report->different);
    if (report->without_definition > 0)
        buf_addf(out, "; %zu passed over without a definition", report->without_definition);
    if (report->damaged > 0)
        buf_addf(out, "; %zu damaged", report->damaged);
    buf_add_char(out, '\n');
}

int report_end(struct report *report)
{
    if (report->records + report->damaged + report->without_definition == 0) {
        fprintf(stderr, "%s: no records%s\n", report->file,
                report->line > 0 ? " of these clusters" : "");
        return 1;
    }
    if (!report->json) {
        struct buf text CLEANUP(buf_release) = new_text();
        add_summary(report, &text);
        add_subject_totals(report, &text);
        print(&text);
    }
    bool not_as_recorded = !report->other && report->different > 0;
    bool nothing = report->records == 0;
    return not_as_recorded || nothing || report->damaged > 0 ? 1 : 0;
}
