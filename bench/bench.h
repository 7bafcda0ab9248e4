/* What benchmarks share. Each measurement is printed as one JSON object on a line:
 *   {"name": "expression evaluate", "median": 1.0, "min": 0.9, "max": 1.2, "unit": "1/s"} */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include "base/buf.h"
#include "base/clock.h"
#include "base/jsonw.h"

#include <stdio.h>
#include <stdlib.h>

static inline int bench_order(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Sorts the samples. `count` > 0. */
static inline void bench_report(const char *name, const char *unit, double *samples, size_t count)
{
    qsort(samples, count, sizeof(*samples), bench_order);
    struct buf text CLEANUP(buf_release) = BUF_INIT(4096);
    struct json_writer w = JSON_WRITER(&text, 0);
    jsonw_object_begin(&w);
    jsonw_key(&w, "name"), jsonw_cstr(&w, name);
    jsonw_key(&w, "median"), jsonw_double(&w, samples[count / 2]);
    jsonw_key(&w, "min"), jsonw_double(&w, samples[0]);
    jsonw_key(&w, "max"), jsonw_double(&w, samples[count - 1]);
    jsonw_key(&w, "unit"), jsonw_cstr(&w, unit);
    jsonw_object_end(&w);
    printf("%s\n", buf_cstr(&text));
    fflush(stdout);
}

#endif
