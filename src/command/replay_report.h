/* What `replay` prints, record by record, and its total. */
#ifndef COMMAND_REPLAY_REPORT_H
#define COMMAND_REPLAY_REPORT_H

#include "base/arena.h"
#include "base/error.h"
#include "base/vec.h"
#include "command/compare_plans.h"
#include "command/print_text.h"
#include "record/rebind.h"
#include "record/record.h"

/* A service or group, over all records. */
struct subject_total {
    struct str cluster;
    struct str subject;
    bool of_group;
    size_t passes; /* in which it would have been different */
    int64_t more;  /* tasks or instances asked for, summed over the passes */
    int64_t fewer;
};

struct report {
    const char *file;
    bool other; /* decided by other definitions */
    bool json;
    bool quiet;
    struct print_style style;
    size_t line; /* in the file, of the record in hand */
    /* The rest begins as zero. */
    size_t records;
    size_t different;
    size_t damaged;
    size_t without_definition;
    struct arena arena; /* of the totals */
    VEC(struct subject_total) totals;
};
void report_release(struct report *report);

struct same_result {
    const struct plan *plan;
    bool identical; /* byte for byte */
    const struct member_differences *differences;
};
void report_same(struct report *report, const struct record_read *record,
                 const struct same_result *result);

struct other_result {
    const struct definition *definition;
    const struct plan *plan;
    const struct rebind_notes *notes;
    const struct plan_differences *differences;
};
void report_other(struct report *report, const struct record_read *record,
                  const struct other_result *result);

void report_no_definition(struct report *report, const struct record_read *record);
void report_damaged(struct report *report, const struct error *err);

/* The total; gives the exit status. */
int report_end(struct report *report);

#endif
