/* The report of a simulation as one HTML file that needs nothing else: the page of web/report/ with
 * the result (docs/simulation.md, "The JSON result") inside. Nothing in it is loaded from anywhere,
 * and its policy (CSP) forbids it to. */
#ifndef REPORT_REPORT_H
#define REPORT_REPORT_H

#include "base/buf.h"
#include "base/str.h"

/* Adds the page. `result` is the JSON text; what could end its place in the page ("</script>",
 * "<!--") is escaped, so that no text in it can become markup. */
void report_html(struct str result, struct buf *out);

/* The page's parts, made from web/report/ when the program is built. */
extern const struct str report_page;
extern const struct str report_style;
extern const struct str report_script;

#endif
